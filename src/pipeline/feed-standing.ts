/** Whether a show's feed already is what would be derived: known without rendering megabytes only to compare them. */
import type { Show } from '../domain/show.ts';
import type { Catalogue } from '../feed/catalogue.ts';
import type { FeedEntry } from '../feed/feed-entry.ts';
import { generationOf } from '../feed/rss.ts';
import type { Visibility } from '../storage/object-keys.ts';
import { isStillThere, type SeenFeed } from './feed-files.ts';
import type { FeedSources } from './feed-sources.ts';
import type { ObjectStore } from './ports.ts';

interface Standing {
  readonly known: Catalogue | undefined;
  readonly feed: SeenFeed | undefined;
  /** Of the archive, by key. */
  readonly pageEtags: ReadonlyMap<string, string>;
  readonly visibility: Visibility;
}

/**
 * True when nothing that the feed is derived from has changed since this program derived it (every change lets the
 * generation grow), and all files stand as they were written. `show`, `entries`: as they would be rendered.
 */
export async function standsAsDerived(
  bucket: ObjectStore,
  show: Show,
  { known, feed, pageEtags, visibility }: Standing,
  sources: FeedSources,
  entries: readonly FeedEntry[],
): Promise<boolean> {
  if (!known || !feed || sources.isNews || show.version !== sources.show?.value.version) return false;
  if (generationOf(show, entries, sources.live) !== feed.generation || feed.etag !== known.feed.etag) return false;
  const arePagesThere =
    pageEtags.size === known.pages.size && [...known.pages].every(([key, { etag }]) => pageEtags.get(key) === etag);
  return arePagesThere && isStillThere(bucket, show.id, feed, visibility);
}
