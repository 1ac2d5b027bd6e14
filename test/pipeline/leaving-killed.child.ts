/** Takes Ben out of the episode and does all that follows, until it kills itself before a write: `STORE WORK_FOLDER FFMPEG NOW_MS WRITES`. */
import { openFolderStore } from '../../src/adapters/folder/folder-store.ts';
import { createSoundEngine } from '../../src/adapters/sound/sound-engine.ts';
import { patchEpisode } from '../../src/pipeline/episodes.ts';
import { LEAVING, LEAVING_IDS } from '../support/leaving-records.ts';
import { loneWorker } from '../support/lone-worker.ts';
import { dyingStore } from '../support/watched-store.ts';

const [, , root = '', workRoot = '', path = '', nowMs = '', writes = ''] = process.argv;
const { showId, episodeId } = LEAVING_IDS;
const { store } = dyingStore(openFolderStore(root), Number(writes), () => process.kill(process.pid, 'SIGKILL'));
const worker = loneWorker({
  ...{ bucket: store, audio: createSoundEngine({ path, threads: 1 }), workRoot },
  publicUrl: 'https://podcasts.example.org',
  clock: { nowMs: Number(nowMs) },
});
await patchEpisode(showId, episodeId, () => true, LEAVING, worker.dependencies);
await worker.untilItRests(showId, episodeId);
