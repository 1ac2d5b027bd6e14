/** Where a show's feed is by now, for whoever knows an older address of it. Pure. */
import type { Show } from '../domain/show.ts';
import { feedUrl, visibilityOf } from '../storage/object-keys.ts';

type Moved = Pick<Show, 'id' | 'publicUrl' | 'newFeedUrl' | 'formerPublicUrls' | 'private'>;

/**
 * What `itunes:new-feed-url` says: the other host's address, or our own new one, which whoever still reads this feed at
 * its former address needs to know. Undefined for a show that never moved.
 */
export function newFeedAddress(show: Moved): string | undefined {
  if (show.newFeedUrl !== undefined) return show.newFeedUrl;
  return show.formerPublicUrls?.length ? feedUrl(show.publicUrl, show.id, visibilityOf(show)) : undefined;
}

const hostOf = (url: string) => (URL.canParse(url) ? new URL(url).host : undefined);

/** Where a request for the feed is to be sent on to; undefined where it is answered here. `host`: as it was asked. */
export function redirectOf(show: Moved, host: string | undefined): string | undefined {
  // Whoever has no token is not even told that there is such a show.
  if (show.private) return undefined;
  if (show.newFeedUrl !== undefined) return show.newFeedUrl;
  const asked = host?.toLowerCase();
  if (asked === undefined || asked === hostOf(show.publicUrl)) return undefined;
  const isFormer = (show.formerPublicUrls ?? []).some((url) => hostOf(url) === asked);
  return isFormer ? feedUrl(show.publicUrl, show.id) : undefined;
}
