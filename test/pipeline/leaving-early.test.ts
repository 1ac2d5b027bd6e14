/**
 * Somebody leaves while an earlier process had begun with the first audio and ended in the midst of it: what that
 * process had stored of them, and could tell nobody of, goes as well. Rendered for real.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFolderStore } from '../../src/adapters/folder/folder-store.ts';
import { createSoundEngine, type SoundEngine } from '../../src/adapters/sound/sound-engine.ts';
import { sha256 } from '../../src/domain/ids.ts';
import { patchEpisode } from '../../src/pipeline/episodes.ts';
import type { ObjectStore } from '../../src/pipeline/ports.ts';
import { analysisKey, feedKey } from '../../src/storage/object-keys.ts';
import {
  dropLeavingTracks,
  LEAVER_SURNAME,
  LEAVING,
  LEAVING_IDS,
  ROOM_ENDED_AT,
  takeInLeavingRoom,
} from '../support/leaving-records.ts';
import { loneWorker } from '../support/lone-worker.ts';
import { FFMPEGS } from '../support/sounds.ts';
import { bytesOf, keysIn, keysNaming } from '../support/stored-objects.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';
import { dyingStore } from '../support/watched-store.ts';

const { showId, episodeId } = LEAVING_IDS;
const folder = makeTempFolder('leaving-early');
const nowMs = ROOM_ENDED_AT.getTime() + 3_600_000;
let audio: SoundEngine;
let runs = 0;

const workerOn = (bucket: ObjectStore) =>
  loneWorker({
    ...{ bucket, audio, workRoot: join(folder, 'work'), publicUrl: 'https://podcasts.example.org' },
    clock: { nowMs },
  });
const leave = ({ dependencies }: ReturnType<typeof workerOn>) =>
  patchEpisode(showId, episodeId, () => true, LEAVING, dependencies);

async function acceptedRoom(title = 'On air'): Promise<ObjectStore> {
  const root = join(folder, `run-${++runs}`);
  mkdirSync(root);
  dropLeavingTracks(root);
  const bucket = openFolderStore(root);
  await takeInLeavingRoom(title, workerOn(bucket).dependencies);
  return bucket;
}

beforeAll(() => {
  audio = createSoundEngine({ ...(FFMPEGS[0] ? { path: FFMPEGS[0].path } : {}), threads: 2 });
});
afterAll(async () => {
  await audio?.close();
  removeFolder(folder);
});

describe('Somebody who leaves', () => {
  it('before the first audio that was begun with them is there, leaves nothing of it behind', async () => {
    const keysBefore: string[][] = [];
    // Beginning, listening to each, telling of the render, and storing it.
    for (const afterWrites of [5, 8, 12, 17]) {
      const bucket = await acceptedRoom();
      const bens = sha256(await bytesOf(bucket, 'rooms/small/p2.wav'));
      const dying = workerOn(dyingStore(bucket, afterWrites).store);
      await expect(dying.untilItRests(showId, episodeId)).rejects.toThrow();
      keysBefore.push((await keysIn(bucket)).filter((key) => key.startsWith('renders/') || key === analysisKey(bens)));

      const next = workerOn(bucket);
      await leave(next);
      await next.untilItRests(showId, episodeId);
      const manifest = await next.read(showId, episodeId);
      expect(manifest).toMatchObject({ status: 'published', tracks: [{ participantId: 'p1' }] });
      expect(await keysNaming(bucket, LEAVER_SURNAME)).toEqual([]);
      const keys = await keysIn(bucket);
      expect(keys.filter((key) => key.startsWith(`tracks-cache/${bens}`))).toEqual([]);
      expect(keys.filter((key) => key.startsWith('rooms/'))).toEqual(['rooms/small/p1.wav']);
      const foreign = keys.filter(
        (key) => key.startsWith('renders/') && !key.includes(`${manifest?.master?.renderKey}`),
      );
      expect(foreign).toEqual([]);
      await bucket.close();
    }
    // There was something to be found, of each kind.
    expect(keysBefore.flat().some((key) => key.startsWith('tracks-cache/'))).toBe(true);
    expect(keysBefore.flat().some((key) => key.startsWith('renders/'))).toBe(true);
  }, 120_000);

  it('is not named any more where the room was announced either', async () => {
    const bucket = await acceptedRoom(`On air with Ben ${LEAVER_SURNAME}`);
    const worker = workerOn(bucket);
    expect(await keysNaming(bucket, 'On air with Ben')).not.toEqual([]);
    await leave(worker);
    expect((await bytesOf(bucket, feedKey(showId))).toString()).not.toContain(LEAVER_SURNAME);
    await worker.untilItRests(showId, episodeId);
    expect(await keysNaming(bucket, LEAVER_SURNAME)).toEqual([]);
  }, 60_000);
});
