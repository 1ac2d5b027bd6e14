/** A small room rendered for real, to be put into any store as an episode that is about to be published. */
import type { Manifest } from '../../src/domain/episode.ts';
import { renderFinished } from '../../src/domain/episode-life.ts';
import type { ShowId } from '../../src/domain/ids.ts';
import type { ObjectStore } from '../../src/pipeline/ports.ts';
import { listAll } from '../../src/pipeline/records.ts';
import { manifestKey } from '../../src/storage/object-keys.ts';
import { instant, manifestOf, openStudio, rendered } from './render-room.ts';
import { babble, FFMPEGS, writeSound } from './sounds.ts';

const SECONDS = 40;

export interface FinishedRoom {
  /** Puts its render and its manifest there; nothing else of it. */
  putInto(bucket: ObjectStore, showId: ShowId): Promise<Manifest>;
  close(): Promise<void>;
}

/** Two speakers with names and a chapter: with audio, cover, chapters and passport to be published. */
export async function makeFinishedRoom(): Promise<FinishedRoom> {
  const [ffmpeg] = FFMPEGS;
  if (!ffmpeg) throw new Error('there is no ffmpeg');
  const studio = openStudio(ffmpeg.path, { threads: 2 });
  const tracks = ['p1', 'p2'].map((participantId, index) => {
    const key = `${participantId}.wav`;
    writeSound(studio.track(key), babble(SECONDS, 0.3, 5 + index));
    return { participantId, key, startedAt: instant(0) };
  });
  const participants = ['p1', 'p2'].map((id) => ({ id, name: `Speaker ${id}`, role: 'host' }));
  const room: Manifest = {
    ...manifestOf({ seconds: SECONDS, tracks, participants }),
    chapters: [{ startSeconds: 0, title: 'One' }],
  };
  const result = await rendered(studio, room);
  return {
    close: () => studio.close(),
    async putInto(bucket, showId) {
      for await (const { key } of listAll(studio.bucket, 'renders/')) {
        const object = await studio.bucket.get(key);
        if (!object) continue;
        const bytes = Buffer.concat(await object.body.toArray());
        await bucket.put(key, bytes, { contentType: object.info.contentType });
      }
      const manifest = renderFinished(
        { ...room, showId },
        { ...result, request: 1, mayPublish: true },
        new Date('2026-11-22T21:00:00.000Z'),
      );
      await bucket.put(manifestKey(showId, manifest.id), JSON.stringify(manifest), { contentType: 'application/json' });
      return manifest;
    },
  };
}
