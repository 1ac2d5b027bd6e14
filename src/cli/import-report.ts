/** What an import came to, in words: the show, the episodes, and every oddity, those of one kind together. */
import type { Oddity } from '../feed/import/oddity.ts';
import type { ImportReport } from '../pipeline/import-feed.ts';
import type { FeedNamed } from './feed-words.ts';
import { table } from './output.ts';

const EXAMPLES_OF_A_KIND = 3;

/** Each kind once with how many places it has; `--json` tells every single one. */
function oddityLines(oddities: readonly Oddity[], most: number): string[] {
  const kinds = new Map<string, Oddity[]>();
  for (const oddity of oddities) {
    const kind = `${oddity.severity} ${oddity.code}`;
    kinds.set(kind, [...(kinds.get(kind) ?? []), oddity]);
  }
  const rows = [...kinds.values()].flatMap((all) => {
    const shown = all.slice(0, EXAMPLES_OF_A_KIND);
    const rest = all.length - shown.length;
    const last = shown.length - 1;
    return shown.map(({ severity, code, where, message }, index) => [
      severity === 'error' ? 'not taken' : 'changed',
      code,
      where ?? '',
      index === last && rest > 0 ? `${message} (and ${rest} more like this)` : message,
    ]);
  });
  const more = rows.length > most ? [`… and ${rows.length - most} more lines; --json tells all.`] : [];
  return rows.length === 0 ? [] : [table(rows.slice(0, most)), ...more, ''];
}

function countWords({ counts }: ImportReport): string {
  const words: readonly (readonly [number, string])[] = [
    [counts.imported, 'imported'],
    [counts['would-import'], 'would be imported'],
    [counts.copied, 'copied'],
    [counts['would-copy'], 'would be copied'],
    [counts['already-there'], 'there already'],
    [counts.erased, 'erased here before'],
    [counts.skipped, 'no episodes or repeated'],
    [counts.failed, 'failed'],
  ];
  const told = words.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return told.length === 0 ? 'The feed has no items' : told.join(', ');
}

function nextStep({ ok, isDryRun, oddities }: ImportReport, feed: FeedNamed): string {
  if (isDryRun) {
    const isLocked = oddities.some(({ code, severity }) => code === 'locked' && severity === 'error');
    return `Nothing was written. Without --dry-run it is${isLocked ? ', but only with --force' : ''}.`;
  }
  if (!ok) {
    return `Not all of it came over (“not taken” above says why): import it again before the old host sends anybody to ${feed.words}.`;
  }
  if (feed.isPrivate) return `The feed is ${feed.words}.`;
  return `The feed is ${feed.url}. Look at it (aftershow verify ${feed.url}), then have the old host answer 301 to it.`;
}

export function importText(report: ImportReport, showId: string, feed: FeedNamed, most: number): string {
  const { show, isDryRun, pages } = report;
  const taken =
    show.taken.length === 0 ? 'nothing to change' : `${isDryRun ? 'would take' : 'took'} ${show.taken.join(', ')}`;
  const found = show.isNew ? (isDryRun ? 'would be created' : 'created') : 'was there';
  return [
    ...oddityLines(report.oddities, most),
    `Show ${showId}: ${found}; ${taken}.`,
    `Episodes: ${countWords(report)}${pages > 1 ? ` (${pages} pages)` : ''}.`,
    nextStep(report, feed),
  ].join('\n');
}
