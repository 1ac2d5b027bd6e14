/** How a command names a show's feed: of a private one every listener has another address, and nobody can print them. */
import type { ShowId } from '../domain/ids.ts';
import type { ObjectStore } from '../pipeline/ports.ts';
import { readShow } from '../pipeline/shows.ts';
import { feedUrl, visibilityOf } from '../storage/object-keys.ts';

export interface FeedNamed {
  /** Of a private show with a placeholder where each listener's token belongs, as in the API. */
  readonly url: string;
  /** For a person to read. */
  readonly words: string;
  readonly isPrivate: boolean;
}

export async function feedNamed(showId: ShowId, publicUrl: string, bucket: ObjectStore): Promise<FeedNamed> {
  const show = await readShow(bucket, showId);
  const url = feedUrl(publicUrl, showId, show && visibilityOf(show));
  if (!show?.private) return { url, words: url, isPrivate: false };
  const words = `private: each listener has an address of their own, made by aftershow listeners ${showId} add <name>`;
  return { url, words, isPrivate: true };
}
