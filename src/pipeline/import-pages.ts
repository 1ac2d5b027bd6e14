/** Reads all pages of another host's feed, bounded, each once. */
import { messageOf, PermanentFailure } from '../domain/failure.ts';
import { sha256 } from '../domain/ids.ts';
import { Oddities, type Oddity } from '../feed/import/oddity.ts';
import { type FeedSource, type ImportPage, readPage } from '../feed/import/page.ts';
import { bytesOf, type Web } from './web.ts';

/** What is imported: an address, or a file that was read already. */
export type FeedGiven =
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'file'; readonly name: string; readonly bytes: Uint8Array };

export interface ReadPages {
  readonly pages: readonly [ImportPage, ...ImportPage[]];
  /** Where the first page came from, after redirects; undefined for a file. */
  readonly url: string | undefined;
  readonly oddities: readonly Oddity[];
  /** Every page was read: nothing is missing but what is odd. */
  readonly isComplete: boolean;
}

export const MAX_FEED_BYTES = 64 * 1024 ** 2;
const MAX_ALL_BYTES = 512 * 1024 ** 2;
const MAX_PAGES = 1_000;
const MAX_ITEMS = 100_000;
const FEED_MS = 120_000;

interface Fetched extends FeedSource {
  readonly moved: boolean;
}

async function fetched(url: string, web: Web, signal: AbortSignal): Promise<Fetched> {
  const answer = await web(url, { maxBytes: MAX_FEED_BYTES, totalMs: FEED_MS, signal });
  const bytes = await bytesOf(answer);
  if (!bytes) throw new Error(`it answers ${answer.status}, not 200`);
  return { bytes, url: answer.url, charset: answer.charset, moved: answer.url !== url };
}

/** Throws PermanentFailure('bad-request') where the first page is no feed; older ones that fail are told. */
export async function readPages(given: FeedGiven, web: Web, signal: AbortSignal): Promise<ReadPages> {
  const odd = new Oddities();
  const first = await firstSource(given, web, signal, odd);
  const read = readPage(first, 1);
  if (!read.ok) throw new PermanentFailure('bad-request', `${nameOf(given)}: ${read.message}`);
  const pages: [ImportPage, ...ImportPage[]] = [read.page];
  const seen = new Set([sha256(first.bytes)]);
  const asked = new Set([first.url, given.kind === 'url' ? given.url : undefined]);
  let bytes = first.bytes.length;
  let items = read.page.items.length;
  let isComplete = true;
  for (let older = read.page.olderUrl; older !== undefined; ) {
    const url = older;
    if (asked.has(url)) {
      odd.changed('pages-loop', `The feed’s pages lead in a circle, to ${url} again: each was read once`);
      break;
    }
    asked.add(url);
    if (pages.length >= MAX_PAGES || bytes >= MAX_ALL_BYTES || items >= MAX_ITEMS) {
      odd.lost(
        'pages-many',
        `The feed has more pages than are read (${pages.length}, with ${items} items): what is beyond is not taken`,
      );
      isComplete = false;
      break;
    }
    const page = await olderPage(url, items + 1, web, signal).catch((error: unknown) => {
      signal.throwIfAborted();
      odd.lost(
        'page-unreadable',
        `The page with older items, ${url}, cannot be read: ${messageOf(error)}. Import again to take it too.`,
      );
      return undefined;
    });
    if (!page) {
      isComplete = false;
      break;
    }
    if (seen.has(page.digest)) {
      odd.changed('pages-loop', `The feed’s page ${url} is the same as an earlier one: read once`);
      break;
    }
    seen.add(page.digest);
    pages.push(page.page);
    bytes += page.lengthBytes;
    items += page.page.items.length;
    older = page.page.olderUrl;
  }
  return { pages, url: first.url, oddities: odd.found, isComplete };
}

const nameOf = (given: FeedGiven) => (given.kind === 'url' ? given.url : given.name);

async function firstSource(given: FeedGiven, web: Web, signal: AbortSignal, odd: Oddities): Promise<FeedSource> {
  if (given.kind === 'file') return { bytes: given.bytes, url: undefined };
  try {
    const source = await fetched(given.url, web, signal);
    if (source.moved) odd.changed('feed-moved', `The feed is at ${source.url} by now`);
    return source;
  } catch (cause) {
    signal.throwIfAborted();
    throw new PermanentFailure('bad-request', `The feed ${given.url} cannot be read: ${messageOf(cause)}`, { cause });
  }
}

async function olderPage(url: string, firstPosition: number, web: Web, signal: AbortSignal) {
  const source = await fetched(url, web, signal);
  const read = readPage(source, firstPosition);
  if (!read.ok) throw new Error(read.message);
  return { page: read.page, digest: sha256(source.bytes), lengthBytes: source.bytes.length };
}
