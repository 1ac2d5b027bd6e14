/** The render job around the render: what it writes down while tracks are awaited. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openFolderStore } from '../../src/adapters/folder/folder-store.ts';
import { createWorkFolders } from '../../src/adapters/work-folders.ts';
import type { AudioEngine } from '../../src/pipeline/audio-engine.ts';
import { readManifest } from '../../src/pipeline/manifests.ts';
import type { JobContext } from '../../src/pipeline/ports.ts';
import { runRender } from '../../src/pipeline/render-stage.ts';
import { manifestKey } from '../../src/storage/object-keys.ts';
import { instant, manifestOf } from '../support/render-room.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';

const folder = makeTempFolder('stage');
afterAll(() => removeFolder(folder));

const quiet = { info: () => {}, warn: () => {}, error: () => {} };
/** Nothing may be decoded before the tracks are there. */
const noAudio: AudioEngine = {
  version: () => Promise.reject(new Error('asked for its version')),
  sniff: () => Promise.reject(new Error('asked to sniff')),
  analyse: () => Promise.reject(new Error('asked to analyse')),
} as unknown as AudioEngine;

it('looks again and again for missing tracks, and writes down only what is news', async () => {
  const bucket = openFolderStore(join(folder, 'bucket'));
  const tracks = ['a', 'b'].map((name) => ({ participantId: name, key: `${name}.ogg`, startedAt: instant(0) }));
  const manifest = manifestOf({ seconds: 60, tracks });
  await bucket.put(manifestKey(manifest.showId, manifest.id), JSON.stringify(manifest), {
    contentType: 'application/json',
  });
  let seconds = 61;
  const job: JobContext = {
    jobId: 'render-1',
    attempt: 1,
    isLastAttempt: false,
    signal: new AbortController().signal,
    progress: async () => {},
  };
  const look = async () => {
    seconds += 5;
    const outcome = await runRender({ showId: manifest.showId, episodeId: manifest.id, request: 1 }, job, {
      bucket,
      trackStore: bucket,
      audio: noAudio,
      workFolders: createWorkFolders(join(folder, 'work')),
      log: quiet,
      clock: { now: () => new Date(instant(seconds)) },
      publicUrl: 'https://podcasts.example.org',
    });
    expect(outcome).toMatchObject({ kind: 'later' });
    return (await readManifest(bucket, manifest.showId, manifest.id))?.value;
  };
  const first = await look();
  expect(first?.status).toBe('waiting-for-tracks');
  expect(first?.tracks.map(({ state }) => state)).toEqual(['expected', 'expected']);
  const second = await look();
  await look();
  expect(second).toEqual(first);
  writeFileSync(join(folder, 'bucket', 'a.ogg'), 'here now');
  const third = await look();
  expect(third?.tracks.map(({ reason }) => reason !== undefined)).toEqual([false, true]);
  expect(third?.version).toBe((first?.version ?? 0) + 1);
  expect(third?.renderAttempts).toBe(0);
});
