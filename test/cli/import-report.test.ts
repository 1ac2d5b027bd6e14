/** What an operator reads after an import. */
import { expect, it } from 'vitest';
import type { FeedNamed } from '../../src/cli/feed-words.ts';
import { importText } from '../../src/cli/import-report.ts';
import { ShowId } from '../../src/domain/ids.ts';
import type { ImportReport } from '../../src/pipeline/import-feed.ts';

const url = 'https://podcasts.example.org/shows/late/feed.xml';
const feed: FeedNamed = { url, words: url, isPrivate: false };
const counts = {
  ...{ imported: 2, 'would-import': 0, copied: 0, 'would-copy': 0, 'already-there': 0, erased: 0, failed: 0 },
  skipped: 0,
};
const report: ImportReport = {
  ...{ ok: true, isDryRun: false, showId: ShowId.parse('late'), from: 'feed.xml', pages: 1, items: [], oddities: [] },
  show: { isNew: true, taken: ['title'] },
  counts,
};
const lastLine = (changes: Partial<ImportReport>, at = feed) =>
  importText({ ...report, ...changes }, 'late', at, 10)
    .split('\n')
    .at(-1);

it('sends the old host’s apps on only when everything came over', () => {
  expect(lastLine({})).toContain('have the old host answer 301');
  expect(lastLine({ ok: false })).toMatch(/^Not all of it came over.*import it again before/);
});

it('names no feed to send anybody to when the show is private', () => {
  const words = 'private: each listener has an address of their own';
  const line = lastLine({}, { url: `${url}-token`, words, isPrivate: true });
  expect(line).toBe(`The feed is ${words}.`);
});

it('says of a dry run of a locked feed that it takes --force', () => {
  expect(lastLine({ isDryRun: true })).toBe('Nothing was written. Without --dry-run it is.');
  const oddities = [{ severity: 'error' as const, code: 'locked', message: 'locked' }];
  expect(lastLine({ isDryRun: true, ok: false, oddities })).toContain('only with --force');
});
