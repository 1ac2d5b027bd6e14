/**
 * Renders one built room by the pipeline, alone in a process so that it can be measured. Arguments: the room's folder,
 * an empty folder to work in, the ffmpeg. Prints one line of JSON: an OursReport.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openFolderStore } from '../../src/adapters/folder/folder-store.ts';
import { createSoundEngine } from '../../src/adapters/sound/sound-engine.ts';
import { createWorkFolders } from '../../src/adapters/work-folders.ts';
import { SoundSettings } from '../../src/domain/show.ts';
import { renderEpisode } from '../../src/pipeline/render.ts';
import { masterKey } from '../../src/storage/object-keys.ts';
import { instant, manifestOf } from '../support/render-room.ts';
import type { OursReport, StageTime } from './ours.ts';
import { cpuSecondsOfChildren } from './process-tree.ts';
import type { Room } from './rooms.ts';

const [roomFolder = '', folder = '', ffmpegPath = ''] = process.argv.slice(2);
const [bucketRoot, workRoot] = [join(folder, 'bucket'), join(folder, 'work')];
for (const path of [bucketRoot, workRoot]) mkdirSync(path);

const room: Room = JSON.parse(readFileSync(join(roomFolder, 'room.json'), 'utf8'));
const manifest = manifestOf({
  seconds: room.seconds,
  tracks: room.tracks.map(({ participantId, key, startSeconds, durationSeconds, bytes }) => ({
    participantId,
    key,
    startedAt: instant(startSeconds),
    durationSeconds,
    bytes,
  })),
});

const engine = createSoundEngine({ path: ffmpegPath });
// A worker has long been running when a room comes: it knows its ffmpeg, and what its encoder does to a tone.
await engine.identity();
const workFolders = createWorkFolders(workRoot);
const calibration = await workFolders.create('calibration');
const output = { outputChannels: 2, bitrateKbps: 96, sheetChannels: 1 } as const;
const signal = new AbortController().signal;
await engine.encoderLossDb(output, { folder: calibration, signal, timeoutSeconds: 60 });
await calibration.remove();

const stages: StageTime[] = [];
const { user, system } = process.cpuUsage();
const childrenBefore = cpuSecondsOfChildren();
const begin = performance.now();
let stageBegin = begin;
const stageEnded = (name: string) => {
  const now = performance.now();
  stages.push({ name, seconds: (now - stageBegin) / 1000 });
  stageBegin = now;
};
let stage = 'fetch';
const result = await renderEpisode(
  {
    manifest,
    target: { integratedLufs: -16, truePeakDbtp: -1 },
    sound: SoundSettings.parse({}),
    incompleteTracks: 'draft',
    deadlinePassed: true,
  },
  {
    bucket: openFolderStore(bucketRoot),
    trackStore: openFolderStore(roomFolder),
    audio: engine,
    workFolders,
    log: { info: () => {}, warn: () => {}, error: () => {} },
  },
  {
    signal,
    progress: async (progress) => {
      if (progress.stage === stage) return;
      stageEnded(stage);
      stage = progress.stage;
    },
  },
);
stageEnded(stage);
const renderSeconds = (performance.now() - begin) / 1000;
await engine.close();
if (result.kind !== 'rendered' || !result.isComplete) {
  const tracks = result.tracks.filter(({ state }) => state !== 'present').slice(0, 3);
  throw new Error(`the room was not rendered whole: ${result.kind}, ${JSON.stringify(tracks)}`);
}
const report: OursReport = {
  renderSeconds,
  startCpuSeconds: (user + system) / 1e6 + childrenBefore,
  stages,
  master: join(bucketRoot, masterKey(result.master.renderKey)),
  integratedLufs: result.master.loudness.integratedLufs,
};
process.stdout.write(`${JSON.stringify(report)}\n`);
