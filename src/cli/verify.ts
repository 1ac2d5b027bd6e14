/** verify: checks a feed and its enclosures as an app would. */
import type { Command } from 'commander';
import { verifyFeed } from '../adapters/feed-verifier.ts';
import { printResult, table } from './output.ts';
import { UsageError } from './usage-error.ts';

export function addVerifyCommand(program: Command): void {
  program
    .command('verify <feed>')
    .description('checks a feed (URL or file) and its enclosures as a podcast app would')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nExample:\n  aftershow verify http://localhost:4400/shows/late-table/feed.xml')
    .action(async (feed: string, options: { json?: boolean }) => {
      if (/^[a-z][a-z0-9+.-]*:\/\//i.test(feed) && !/^https?:/i.test(feed)) {
        throw new UsageError(`${feed} is neither an http or https address nor a file`);
      }
      const report = await verifyFeed(feed);
      if (!report.ok) process.exitCode = 1;
      printResult(options.json === true, report, () => describe(feed, report));
    });
}

function describe(feed: string, report: Awaited<ReturnType<typeof verifyFeed>>): string {
  const findings = report.findings.map(({ severity, code, message, where }) => [severity, code, where ?? '', message]);
  const verdict = report.ok ? 'passes' : 'does not pass';
  return [
    ...(findings.length > 0 ? [table(findings)] : []),
    `${report.title ?? feed}: ${report.episodes.length} ${report.episodes.length === 1 ? 'episode' : 'episodes'}; ${verdict}.`,
  ].join('\n');
}
