/** The Link header of a feed's answer: its hub and its own address, for subscribers that read no XML (W3C WebSub, section 4). */
import type { MiddlewareHandler } from 'hono';
import { ShowId } from '../domain/ids.ts';
import { linkHeader } from '../feed/feed-links.ts';
import type { ObjectStore } from '../pipeline/ports.ts';
import { readShow } from '../pipeline/shows.ts';

const MOST_REMEMBERED = 10_000;

/** For `/shows/:showId/feed.xml`. A show is read once for each state of its feed: another hub is another state. */
export function feedLinkHeader(bucket: ObjectStore): MiddlewareHandler {
  const known = new Map<ShowId, { readonly etag: string; readonly link: string | undefined }>();
  const linkOf = async (showId: ShowId, etag: string) => {
    const seen = known.get(showId);
    if (seen?.etag === etag) return seen.link;
    const show = await readShow(bucket, showId).catch(() => undefined);
    const link = show && linkHeader(show);
    if (known.size >= MOST_REMEMBERED) known.clear();
    if (show) known.set(showId, { etag, link });
    return link;
  };
  return async (c, next) => {
    const showId = ShowId.safeParse(c.req.param('showId'));
    await next();
    const etag = c.res.headers.get('etag');
    if (!showId.success || etag === null) return;
    const link = await linkOf(showId.data, etag);
    if (link !== undefined) c.res.headers.set('link', link);
  };
}
