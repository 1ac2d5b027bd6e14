/** verify: checks a feed and its enclosures as an app would; with --passport, what is said of how they were made. */
import { verifyFeed } from '../adapters/feed-verifier/feed-verifier.ts';
import { printResult, table } from './output.ts';
import { UsageError } from './usage-error.ts';

export async function verify(feed: string, options: { json?: boolean; passport?: boolean }): Promise<void> {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(feed) && !/^https?:/i.test(feed)) {
    throw new UsageError(`${feed} is neither an http or https address nor a file`);
  }
  if (options.passport) {
    const { verifyPassport } = await import('./verify-passport.ts');
    return verifyPassport(feed, options);
  }
  const report = await verifyFeed(feed);
  if (!report.ok) process.exitCode = 1;
  printResult(options.json === true, report, () => describe(feed, report));
}

function describe(feed: string, report: Awaited<ReturnType<typeof verifyFeed>>): string {
  const findings = report.findings.map(({ severity, code, message, where }) => [severity, code, where ?? '', message]);
  const verdict = report.ok ? 'passes' : 'does not pass';
  return [
    ...(findings.length > 0 ? [table(findings)] : []),
    `${report.title ?? feed}: ${report.episodes.length} ${report.episodes.length === 1 ? 'episode' : 'episodes'}; ${verdict}.`,
  ].join('\n');
}
