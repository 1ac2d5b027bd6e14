/** What the processes of the model-based test of a show's feed share: the store, the episodes, how they work on them. */
import { createHash } from 'node:crypto';
import { tagMp3 } from '../../src/adapters/id3-tags.ts';
import { openStore } from '../../src/adapters/open-store.ts';
import { createWorkFolders } from '../../src/adapters/work-folders.ts';
import { Manifest } from '../../src/domain/episode.ts';
import { needsPublish } from '../../src/domain/episode-life.ts';
import type { EpisodeId, ShowId } from '../../src/domain/ids.ts';
import { sha256 } from '../../src/domain/ids.ts';
import { readManifest } from '../../src/pipeline/manifests.ts';
import type { JobContext, Log, ObjectStore } from '../../src/pipeline/ports.ts';
import { runPublish } from '../../src/pipeline/publish.ts';
import { sampleEpisode } from '../feed/sample-show.ts';
import { absentQueue } from './absent-queue.ts';

const silent: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** All that the stages need. Pictures are made by nobody here: the show has its cover. */
export function modelDependencies(storageUrl: string, publicUrl: string, workFolder: string) {
  const bucket: ObjectStore = openStore(storageUrl);
  const noPictures = async () => {
    throw new Error('the show of this test has its cover');
  };
  return {
    bucket,
    trackStore: bucket,
    makeCover: noPictures,
    makeChapterImage: noPictures,
    clock: { now: () => new Date() },
    publicUrl,
    queue: absentQueue,
    log: silent,
    writeTags: tagMp3,
    workFolders: createWorkFolders(workFolder),
  };
}
export type ModelDependencies = ReturnType<typeof modelDependencies>;

export const renderKeyOf = (number: number) => sha256(`model render ${number}`);

/** Finished and not yet public: its master is in the store. */
export function finishedDraft(showId: ShowId, number: number, durationSeconds: number): Manifest {
  const sample = sampleEpisode(number, { showId });
  const {
    audio: _audio,
    cover: _cover,
    chaptersFile: _chapters,
    publishedAt: _at,
    markers: _markers,
    ...rest
  } = sample;
  const renderKey = renderKeyOf(number);
  return Manifest.parse({
    ...rest,
    status: 'draft',
    revision: 0,
    version: 1,
    markers: [],
    publishedRequest: 0,
    renderKeys: [renderKey],
    master: { renderKey, durationSeconds, loudness: { integratedLufs: -16, truePeakDbtp: -1.5, loudnessRangeLu: 5 } },
    publish: { mode: 'draft' },
  });
}

export function jobContext(jobId: string): JobContext {
  const { signal } = new AbortController();
  return { jobId, attempt: 1, isLastAttempt: false, signal, progress: async () => undefined };
}

/** What the queue's worker would do: publishes as often as it is asked for meanwhile. */
export async function publishWhatIsAsked(showId: ShowId, episodeId: EpisodeId, dependencies: ModelDependencies) {
  for (;;) {
    const manifest = (await readManifest(dependencies.bucket, showId, episodeId))?.value;
    if (!manifest || !needsPublish(manifest)) return;
    const job = { showId, episodeId, request: manifest.renderRequest };
    await runPublish(job, jobContext(`publish-${episodeId}`), dependencies);
  }
}

/** Numbers from 0 up to but not including 1, the same for the same seed everywhere. */
export function seeded(seed: string): () => number {
  let count = 0;
  return () => createHash('sha256').update(`${seed} ${count++}`).digest().readUInt32BE() / 2 ** 32;
}
