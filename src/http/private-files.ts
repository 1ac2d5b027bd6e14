/** Files of private shows for who has a token: what is revoked opens nothing from the next request on. */
import { redirectOf } from '../feed/moved-feed.ts';
import { listenerOf } from '../pipeline/listeners.ts';
import type { ObjectStore } from '../pipeline/ports.ts';
import { readShow } from '../pipeline/shows.ts';
import { publicUrlOf, type Visibility } from '../storage/object-keys.ts';
import type { FileAnswer, FileAnswerer, FileContext } from './file-answer.ts';
import { listenersView } from './listeners-view.ts';
import { listenerPathOf } from './public-path.ts';

export interface PrivateFilesOptions {
  readonly bucket: ObjectStore;
  readonly isGone?: (path: string, visibility: Visibility) => Promise<boolean>;
}

const MOVED_HEADERS = { 'cache-control': 'private, no-cache', 'access-control-allow-origin': '*' };

/**
 * A wrong token, a revoked one and a show that is not there are all the same `absent`: nobody finds out what there is.
 * 404 rather than 401: apps ask their listeners for a password after a 401, and there is none.
 */
export function privateFiles(
  { bucket, isGone }: PrivateFilesOptions,
  answer: FileAnswerer,
): (c: FileContext, path: string) => Promise<FileAnswer | 'gone'> {
  return async (c, path) => {
    const asked = listenerPathOf(path);
    if (!asked) return 'absent';
    const listener = await listenerOf(asked.showId, asked.token, bucket);
    const show = listener && (await readShow(bucket, asked.showId));
    if (!listener || !show) return 'absent';
    const isFeed = asked.path === `/shows/${asked.showId}/feed.xml`;
    // A show that became public: its listeners find it there.
    const here = show.private ? undefined : publicUrlOf(show.publicUrl, `public${asked.path}`);
    const location = isFeed ? (redirectOf({ ...show, private: false }, undefined) ?? here) : here;
    if (location !== undefined) return new Response(null, { status: 301, headers: { ...MOVED_HEADERS, location } });
    const found = await answer(c, asked.key, listenersView(bucket, asked.token, show.publicUrl));
    if (found !== 'absent') return found;
    return (await isGone?.(asked.path, 'private')) ? 'gone' : 'absent';
  };
}
