/** One process that does all that is to be done of an episode by itself, without a queue: as sweep would have it done. */
import { makeCover } from '../../src/adapters/artwork/artwork.ts';
import { makeChapterImage } from '../../src/adapters/artwork/chapter-image.ts';
import { tagMp3 } from '../../src/adapters/id3-tags.ts';
import { createWorkFolders } from '../../src/adapters/work-folders.ts';
import type { Manifest } from '../../src/domain/episode.ts';
import { needsPublish, needsRender } from '../../src/domain/episode-life.ts';
import type { EpisodeId, ShowId } from '../../src/domain/ids.ts';
import type { AudioEngine } from '../../src/pipeline/audio-engine.ts';
import { deriveFeed } from '../../src/pipeline/feed-stage.ts';
import { readManifest } from '../../src/pipeline/manifests.ts';
import type { ObjectStore } from '../../src/pipeline/ports.ts';
import { runPublish } from '../../src/pipeline/publish.ts';
import { runRender } from '../../src/pipeline/render-stage.ts';
import { Sweeper } from '../../src/pipeline/sweep.ts';
import { PENDING_PREFIX } from '../../src/storage/object-keys.ts';
import { absentQueue } from './absent-queue.ts';
import { jobContext } from './feed-model.ts';

/** Longer than anything that is waited for before a mark is taken back. */
const PATIENCE_MS = 3_700_000;
const MOST_ROUNDS = 12;

interface LoneClock {
  nowMs: number;
}

interface Place {
  readonly bucket: ObjectStore;
  readonly audio: AudioEngine;
  readonly workRoot: string;
  readonly publicUrl: string;
  /** Goes on by itself only while everything else rests. */
  readonly clock: LoneClock;
}

export function loneWorker({ bucket, audio, workRoot, publicUrl, clock }: Place) {
  const quiet = () => undefined;
  const dependencies = {
    ...{ bucket, trackStore: bucket, audio, publicUrl, makeCover, makeChapterImage },
    clock: { now: () => new Date(clock.nowMs) },
    monotonicMs: () => clock.nowMs,
    ...{ queue: absentQueue, log: { info: quiet, warn: quiet, error: quiet }, ownsTracks: true },
    ...{ writeTags: tagMp3, workFolders: createWorkFolders(workRoot), trackDeadlineSeconds: 60 },
  };
  const read = async (showId: ShowId, id: EpisodeId) => (await readManifest(bucket, showId, id))?.value;
  const doWhatIsAsked = async (manifest: Manifest | undefined): Promise<boolean> => {
    if (!manifest) return false;
    const job = { showId: manifest.showId, episodeId: manifest.id, request: manifest.renderRequest };
    if (needsRender(manifest)) await runRender(job, jobContext('render-alone'), dependencies);
    else if (needsPublish(manifest)) await runPublish(job, jobContext('publish-alone'), dependencies);
    else return false;
    await deriveFeed(manifest.showId, dependencies);
    return true;
  };
  return {
    dependencies,
    read,
    /** Sweeps and works until no room is marked as unfinished. Throws what a dead store throws. */
    untilItRests: async (showId: ShowId, id: EpisodeId): Promise<void> => {
      const sweeper = new Sweeper(dependencies);
      for (let round = 0; round < MOST_ROUNDS; round++) {
        await sweeper.sweep();
        while (await doWhatIsAsked(await read(showId, id)));
        if ((await bucket.list(PENDING_PREFIX)).objects.length === 0) return;
        clock.nowMs += PATIENCE_MS;
      }
      throw new Error('something is still marked as unfinished');
    },
  };
}
