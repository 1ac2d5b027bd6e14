/** Checks a feed and everything it names as directories and podcast apps would, over HTTP. */
import { readFile, stat } from 'node:fs/promises';
import { messageOf } from '../../domain/failure.ts';
import { checkFeed, error, type Finding, nameOf, warning } from '../../feed/feed-check.ts';
import type { ReadEpisode, ReadFeed } from '../../feed/feed-reading.ts';
import { artworkFindings, chaptersFindings } from './companion-probe.ts';
import { probeEnclosure } from './enclosure-probe.ts';
import { type Answer, bytesOf, type ProbeLimits, request } from './http-probe.ts';

export interface VerifyOptions {
  /** Default 20,000: for an answer's head, and again between two pieces of a body. */
  readonly timeoutMs?: number;
  /** Of so many episodes, newest first, the audio is downloaded whole. Default 3; all others answer HEAD and a range. */
  readonly wholeEpisodes?: number;
  /** Default: all. */
  readonly maxEpisodes?: number;
}

export interface Verification {
  /** No errors; there may be warnings. */
  readonly ok: boolean;
  readonly findings: readonly Finding[];
  readonly title?: string;
  readonly episodes: readonly {
    readonly title: string;
    readonly guid: string;
    readonly url?: string;
    readonly lengthBytes?: number;
    readonly durationSeconds?: number;
    readonly ok: boolean;
  }[];
}

const MAX_FEED_BYTES = 64 * 1024 ** 2;
const MAX_REDIRECTS = 3;
const MAX_PAGES = 1000;
const AT_ONCE = 4;

interface Fetched {
  readonly text: string | undefined;
  readonly findings: readonly Finding[];
}

async function conditionalFindings(url: string, first: Answer, limits: ProbeLimits): Promise<Finding[]> {
  const etag = first.headers.get('etag');
  const lastModified = first.headers.get('last-modified');
  if (etag === null && lastModified === null) {
    return [
      warning('no-validators', 'The feed has neither ETag nor Last-Modified: every poll transfers it whole', url),
    ];
  }
  const headers: Record<string, string> =
    etag !== null ? { 'If-None-Match': etag } : { 'If-Modified-Since': lastModified ?? '' };
  const again = await request(url, limits, { headers });
  await again.discard();
  if (again.status === 304) return [];
  return [error('no-304', `Asked whether it changed, the feed answers ${again.status}, not 304`, url)];
}

async function fetchFeed(url: string, limits: ProbeLimits): Promise<Fetched> {
  try {
    const answer = await request(url, limits);
    if (answer.status !== 200) {
      await answer.discard();
      return { text: undefined, findings: [error('feed-gone', `The feed answers ${answer.status}, not 200`, url)] };
    }
    const text = new TextDecoder('utf-8', { fatal: true }).decode(await bytesOf(answer, MAX_FEED_BYTES));
    const findings = await conditionalFindings(url, answer, limits);
    const type = answer.headers.get('content-type') ?? '';
    if (!/\bxml\b/.test(type)) findings.push(warning('feed-type', `The feed’s type is “${type}”, not XML`, url));
    if (answer.redirects > 0) findings.push(warning('feed-redirects', `The feed is at ${answer.url} by now`, url));
    return { text, findings };
  } catch (cause) {
    return { text: undefined, findings: [error('feed-unreachable', messageOf(cause), url)] };
  }
}

async function readFeedFile(path: string): Promise<Fetched> {
  try {
    const { size } = await stat(path);
    if (size > MAX_FEED_BYTES) throw new Error(`it has ${size} bytes, more than ${MAX_FEED_BYTES}`);
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path)), findings: [] };
  } catch (cause) {
    return { text: undefined, findings: [error('feed-unreadable', `${path}: ${messageOf(cause)}`)] };
  }
}

/** In the order of `tasks`, so many at once. */
async function inTurn(tasks: readonly (() => Promise<Finding[]>)[]): Promise<Finding[]> {
  const results: Finding[][] = tasks.map(() => []);
  const queue = tasks.entries();
  const work = async () => {
    for (const [index, task] of queue) results[index] = await task();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return results.flat();
}

function requestsFor(feed: ReadFeed, episodes: readonly ReadEpisode[], whole: number, limits: ProbeLimits) {
  const pictures = new Map<string, string>();
  if (feed.imageUrl) pictures.set(feed.imageUrl, feed.title ?? 'the show');
  for (const { imageUrl, title } of episodes) {
    if (imageUrl !== undefined && !pictures.has(imageUrl)) pictures.set(imageUrl, title);
  }
  return [
    ...[...pictures].map(
      ([url, where]) =>
        () =>
          artworkFindings(url, where, limits),
    ),
    ...episodes.map((episode, index) => () => probeEnclosure(episode, index < whole, limits)),
    ...episodes.flatMap((episode) => {
      const url = episode.chaptersUrl;
      return url === undefined ? [] : [() => chaptersFindings(url, nameOf(episode), limits)];
    }),
  ];
}

function summary(episode: ReadEpisode, findings: readonly Finding[]): Verification['episodes'][number] {
  const { title, guid, enclosure, durationSeconds } = episode;
  return {
    title,
    guid,
    ...(enclosure && { url: enclosure.url }),
    ...(enclosure?.lengthBytes !== undefined && { lengthBytes: enclosure.lengthBytes }),
    ...(durationSeconds !== undefined && { durationSeconds }),
    ok: !findings.some(({ severity, where }) => severity === 'error' && where === nameOf(episode)),
  };
}

/** Where older episodes are on pages of their own, all of them. What the channel lacks was said of the feed. */
async function olderEpisodes(
  { olderPageUrl, episodes }: ReadFeed,
  limits: ProbeLimits,
): Promise<{ readonly episodes: readonly ReadEpisode[]; readonly findings: readonly Finding[] }> {
  const older: ReadEpisode[] = [];
  const findings: Finding[] = [];
  const guids = new Set(episodes.map(({ guid }) => guid));
  const visited = new Set<string>();
  for (let url = olderPageUrl; url !== undefined; ) {
    if (visited.has(url) || visited.size >= MAX_PAGES) {
      findings.push(error('archive-endless', 'The pages of older episodes lead in a circle, or are too many', url));
      break;
    }
    visited.add(url);
    const fetched = await fetchFeed(url, limits);
    const check = fetched.text === undefined ? undefined : checkFeed(fetched.text);
    const page = url;
    const found = check?.findings ?? [];
    const told = check?.feed ? found.filter(({ where }) => where) : found.map((one) => ({ ...one, where: page }));
    findings.push(...fetched.findings, ...told);
    for (const episode of check?.feed?.episodes ?? []) {
      if (guids.has(episode.guid)) {
        findings.push(error('guid-repeated', 'An older page has an episode once more', nameOf(episode)));
        continue;
      }
      guids.add(episode.guid);
      older.push(episode);
    }
    url = check?.feed?.olderPageUrl;
  }
  return { episodes: older, findings };
}

/** Never throws: whatever goes wrong is a finding. A path is read as a file; what it names is fetched all the same. */
export async function verifyFeed(urlOrFile: string, options: VerifyOptions = {}): Promise<Verification> {
  const limits: ProbeLimits = { timeoutMs: options.timeoutMs ?? 20_000, maxRedirects: MAX_REDIRECTS };
  const isUrl = /^https?:\/\//i.test(urlOrFile);
  const fetched = isUrl ? await fetchFeed(urlOrFile, limits) : await readFeedFile(urlOrFile);
  const findings = [...fetched.findings];
  if (fetched.text === undefined) return { ok: false, findings, episodes: [] };
  const check = checkFeed(fetched.text);
  findings.push(...check.findings);
  if (!check.feed) return { ok: false, findings, episodes: [] };
  const { feed } = check;
  const older = await olderEpisodes(feed, limits);
  findings.push(...older.findings);
  const all = [...feed.episodes, ...older.episodes];
  if (isUrl && feed.selfUrl !== undefined && feed.selfUrl !== urlOrFile) {
    findings.push(warning('self-link-differs', `The feed calls itself ${feed.selfUrl}`, urlOrFile));
  }
  const episodes = all.slice(0, options.maxEpisodes);
  findings.push(...(await inTurn(requestsFor(feed, episodes, options.wholeEpisodes ?? 3, limits))));
  return {
    ok: findings.every(({ severity }) => severity !== 'error'),
    findings,
    ...(feed.title !== undefined && { title: feed.title }),
    episodes: all.map((episode) => summary(episode, findings)),
  };
}
