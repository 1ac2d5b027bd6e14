/** A rendered and tagged episode as it lies below public/: for tests that read what was published. */
import { join } from 'node:path';
import { makeCover } from '../../src/adapters/artwork/artwork.ts';
import { makeChapterImage } from '../../src/adapters/artwork/chapter-image.ts';
import { openFolderStore } from '../../src/adapters/folder/folder-store.ts';
import { tagMp3 } from '../../src/adapters/id3-tags.ts';
import { createWorkFolders } from '../../src/adapters/work-folders.ts';
import type { Manifest, Master } from '../../src/domain/episode.ts';
import { ShowId } from '../../src/domain/ids.ts';
import { Show, SoundSettings } from '../../src/domain/show.ts';
import type { JobContext } from '../../src/pipeline/ports.ts';
import { makePublicFiles, type PublicFiles } from '../../src/pipeline/public-files.ts';
import type { Studio } from './render-room.ts';

export interface PublishedEpisode {
  readonly files: PublicFiles;
  readonly master: Master;
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
  /** Where an object of the bucket lies. */
  path(key: string): string;
  /** The same audio under other tags. */
  again(change: Partial<Manifest>): Promise<PublicFiles>;
}

const job: JobContext = {
  jobId: 'publish-1',
  attempt: 1,
  isLastAttempt: false,
  signal: new AbortController().signal,
  progress: async () => {},
};

export async function publishFrom(
  studio: Studio,
  manifest: Manifest,
  sound: Record<string, unknown> = {},
): Promise<PublishedEpisode> {
  const root = join(studio.folder, 'bucket');
  const bucket = openFolderStore(root);
  const result = await studio.render(manifest, { sound: SoundSettings.parse(sound) });
  if (result.kind !== 'rendered') throw new Error(`not rendered but ${result.kind}`);
  const { master, warnings } = result;
  const now = manifest.createdAt;
  const show = Show.parse({
    ...{ title: 'The Late Table', id: ShowId.parse('show'), version: 1, createdAt: now, updatedAt: now },
    podcastGuid: '2f1c3c57-5f0e-4a5d-9a3f-1f5c6f0f8c11',
    ...{ publicUrl: 'https://podcasts.example.org', feedFormat: 1 },
  });
  const publish = async (changed: Manifest) => {
    const work = await createWorkFolders(join(studio.folder, 'work')).create('publish');
    try {
      const dependencies = { bucket, trackStore: bucket, writeTags: tagMp3, makeCover, makeChapterImage };
      return await makePublicFiles({ manifest: changed, master, show, work }, job, dependencies);
    } finally {
      await work.remove();
    }
  };
  return {
    files: await publish(manifest),
    master,
    warnings,
    path: (key) => join(root, key),
    again: (change) => publish({ ...manifest, ...change }),
  };
}
