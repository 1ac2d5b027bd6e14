/** An episode and a feed in a bucket, and a server that delivers them: for whatever store. */
import { randomBytes } from 'node:crypto';
import { EpisodeId, ShowId, sha256 } from '../../src/domain/ids.ts';
import type { ObjectStore } from '../../src/pipeline/ports.ts';
import { episodeFileKey, feedKey } from '../../src/storage/object-keys.ts';
import { type FileServer, serveFiles } from './file-server.ts';

export const show = ShowId.parse('late-table');
export const episode = EpisodeId.parse(`ep-${'a1'.repeat(16)}`);
export const audio = randomBytes(300_000);
const audioKey = episodeFileKey(show, episode, sha256(audio), '.mp3');
export const audioPath = audioKey.replace('public', '');
export const feed = Buffer.from(`<?xml version="1.0"?><rss>${'<item>Übergänge</item>'.repeat(500)}</rss>`);
export const feedPath = feedKey(show).replace('public', '');

export interface Delivery {
  readonly bucket: ObjectStore;
  readonly server: FileServer;
  readonly audioTag: string;
  readonly feedTag: string;
  close(): Promise<void>;
}

/** A minute later than they were stored, so that their dates tell versions apart. */
export async function deliver(bucket: ObjectStore): Promise<Delivery> {
  const audioTag = `"${await bucket.put(audioKey, audio, { contentType: 'audio/mpeg' })}"`;
  const feedTag = `"${await bucket.put(feedKey(show), feed, { contentType: 'application/rss+xml' })}"`;
  const server = await serveFiles({
    bucket,
    isGone: async (path) => path === '/shows/late-table/erased.mp3',
    now: () => new Date(Date.now() + 60_000),
  });
  const close = async () => {
    await server.close();
    await bucket.close();
  };
  return { bucket, server, audioTag, feedTag, close };
}
