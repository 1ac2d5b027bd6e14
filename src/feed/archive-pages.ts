/**
 * Which episodes are in a show's feed and which on its archive pages (RFC 5005, section 4). Pure.
 *
 * A page holds a fixed range of all episodes that were ever public, counted from the oldest. What is withdrawn keeps its
 * place, so that no other moves; a page is made when it can be filled, so that none grows while somebody reads along the
 * links from the feed to the first page. Its name says which episodes it is made for: an edit is written to the same
 * address, and should an older episode ever come in between, the pages behind it get others, which no earlier feed
 * links to.
 */
import { type ShowId, sha256 } from '../domain/ids.ts';
import { archivePageKey, type Visibility } from '../storage/object-keys.ts';
import type { FeedEntry } from './feed-entry.ts';

const LARGEST_PAGE = 100;

/** Half of the feed, so that a feed limited to few episodes never has much fewer than that. */
function pageSize(feedItems: number): number {
  return Math.max(1, Math.min(LARGEST_PAGE, Math.floor(feedItems / 2)));
}

interface ArchiveRange {
  readonly key: string;
  /** Newest first. */
  readonly entries: readonly FeedEntry[];
}

export interface FeedLayout {
  /** Newest first. */
  readonly feed: readonly FeedEntry[];
  /** Oldest page first. */
  readonly pages: readonly ArchiveRange[];
}

/** `everPublic`: newest first. `feedItems`: most that the feed itself may hold; undefined for all. */
export function feedLayout(
  showId: ShowId,
  everPublic: readonly FeedEntry[],
  feedItems: number | undefined,
  visibility: Visibility = 'public',
): FeedLayout {
  const tooMany = feedItems === undefined ? 0 : everPublic.length - feedItems;
  if (feedItems === undefined || tooMany <= 0) return { feed: everPublic, pages: [] };
  const size = pageSize(feedItems);
  const pages = Array.from({ length: Math.ceil(tooMany / size) }, (_, index) => {
    const end = everPublic.length - index * size;
    const entries = everPublic.slice(end - size, end);
    const members = sha256(entries.map(({ id }) => id).join('\n'));
    return { key: archivePageKey(showId, index + 1, members, visibility), entries };
  });
  return { feed: everPublic.slice(0, everPublic.length - pages.length * size), pages };
}
