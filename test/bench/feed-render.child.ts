/**
 * What rendering a feed of `EPISODES` takes, alone in a process and without any store: from what a catalogue holds to the
 * bytes of feed.xml. The first time, and as a worker that has been running does it. Prints one line of JSON: a RenderReport.
 */
import { ShowId } from '../../src/domain/ids.ts';
import { feedEntry } from '../../src/feed/feed-entry.ts';
import { renderFeedFiles } from '../../src/feed/rss.ts';
import type { RenderReport } from './feed.ts';
import { largeEpisode, largeShow } from './feed-show.ts';

const REPEATS = 5;
const episodes = Number(process.argv[2] ?? '10000');
const showId = ShowId.parse('bench');
const show = largeShow(showId);
const entries = Array.from({ length: episodes }, (_, index) => feedEntry(largeEpisode(showId, index + 1)));

/** User and system time of all of this process's threads, the collector's and the compiler's too. */
function cpuSecondsOf(work: () => Buffer): { cpuSeconds: number; feed: Buffer } {
  const before = process.cpuUsage();
  const feed = work();
  const { user, system } = process.cpuUsage(before);
  return { cpuSeconds: (user + system) / 1e6, feed };
}

const render = () => renderFeedFiles(show, entries).feed;
const first = cpuSecondsOf(render);
const again = Array.from({ length: REPEATS }, () => cpuSecondsOf(render).cpuSeconds).sort((a, b) => a - b);
const report: RenderReport = {
  episodes,
  firstCpuSeconds: first.cpuSeconds,
  againCpuSeconds: again[Math.floor(REPEATS / 2)] ?? Number.NaN,
  feedBytes: first.feed.byteLength,
};
console.log(JSON.stringify(report));
