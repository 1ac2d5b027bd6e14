/** Makes the public files of an imported episode: its audio as it was downloaded (or none: another host has it), picture and chapters. */
import type { EpisodeAudio, Imported, Manifest, PublicFile } from '../domain/episode.ts';
import type { Published } from '../domain/episode-life.ts';
import { type Notice, PassingFailure, PermanentFailure } from '../domain/failure.ts';
import { sha256 } from '../domain/ids.ts';
import { chaptersJson, chaptersOf } from '../feed/chapters.ts';
import { episodeFileKey, type Visibility } from '../storage/object-keys.ts';
import { beyondEnd } from './episode-chapters.ts';
import type { CoverMaker, ObjectStore, WorkFolder } from './ports.ts';
import { publishFile } from './publish-file.ts';
import { readPicture } from './records.ts';

export interface ImportedMaterial {
  readonly manifest: Manifest;
  readonly imported: Imported;
  readonly showTitle: string;
  readonly visibility: Visibility;
  readonly work: WorkFolder;
  readonly signal: AbortSignal;
}

interface ImportedDependencies {
  readonly bucket: ObjectStore;
  readonly makeCover: CoverMaker;
}

type ImportedFiles = Omit<Published, 'request'>;

/** The same material gives the same files: nothing in them is written by us but chapters, and the picture's size. */
export async function makeImportedFiles(
  material: ImportedMaterial,
  dependencies: ImportedDependencies,
): Promise<ImportedFiles> {
  const { manifest } = material;
  const chapters = manifest.chapters ? chaptersOf(manifest) : [];
  const audio = await publishOriginal(material, dependencies);
  const picture = await publishPicture(material, dependencies);
  const chaptersFile =
    chapters.length > 0 ? await publishChapters(material, chaptersJson(chapters), dependencies) : undefined;
  return {
    ...(audio ? { audio } : {}),
    ...(picture?.cover ? { cover: picture.cover } : {}),
    ...(chaptersFile ? { chaptersFile } : {}),
    chapters,
    warnings: [...(picture?.warnings ?? []), ...beyondItsEnd(manifest)],
  };
}

/** Of an audio whose length is known. */
function beyondItsEnd({ chapters = [], imported, externalAudio }: Manifest): Notice[] {
  const endSeconds = (imported?.original ?? externalAudio)?.durationSeconds;
  return endSeconds === undefined ? [] : beyondEnd(chapters, endSeconds);
}

/** Never tagged: the bytes are those of the old host, so a listener who has them has them. */
async function publishOriginal(
  { manifest, imported: { original }, visibility, work, signal }: ImportedMaterial,
  { bucket }: ImportedDependencies,
): Promise<EpisodeAudio | undefined> {
  if (!original) return undefined;
  const { key, contentType, lengthBytes, durationSeconds } = original;
  const suffix = key.slice(key.lastIndexOf('.'));
  const publicKey = episodeFileKey(manifest.showId, manifest.id, original.sha256, suffix, visibility);
  const heard = { durationSeconds, integratedLufs: null, truePeakDbtp: null };
  const there = await bucket.head(publicKey, signal);
  if (there?.lengthBytes === lengthBytes && there.contentType === contentType) {
    return { key: publicKey, contentType, lengthBytes, ...heard };
  }
  const object = await bucket.get(key, { signal });
  if (!object) {
    throw new PermanentFailure(
      'not-found',
      'The imported audio is not in the store any more. Import the feed again with --copy-media.',
    );
  }
  const received = await work.receive('original', object.body, signal);
  if (received.sha256 !== original.sha256) {
    throw new PassingFailure('store-inconsistent', `${key} came out of the store with other bytes than were stored`);
  }
  const file = {
    key: publicKey,
    body: { file: work.file('original') },
    contentType,
    lengthBytes,
    title: manifest.title,
  };
  const published = await publishFile(bucket, file, signal);
  await work.discard('original');
  return { ...published, ...heard };
}

async function publishPicture(
  { manifest, imported: { artwork }, showTitle, visibility, signal }: ImportedMaterial,
  { bucket, makeCover }: ImportedDependencies,
): Promise<{ readonly cover?: PublicFile; readonly warnings: readonly Notice[] } | undefined> {
  const picture = artwork === undefined ? 'missing' : await readPicture(bucket, artwork);
  if (typeof picture === 'string') return undefined;
  const made = await makeCover(picture, { title: showTitle, seed: manifest.showId });
  // A generated one would only hide the show's own.
  if (made.generated) return { warnings: made.warnings };
  const key = episodeFileKey(manifest.showId, manifest.id, sha256(made.jpeg), '.jpg', visibility);
  const cover = await publishFile(
    bucket,
    { key, body: made.jpeg, contentType: 'image/jpeg', lengthBytes: made.jpeg.byteLength },
    signal,
  );
  return { cover, warnings: made.warnings };
}

async function publishChapters(
  { manifest, visibility, signal }: ImportedMaterial,
  text: string,
  { bucket }: ImportedDependencies,
): Promise<PublicFile> {
  const json = Buffer.from(text);
  const key = episodeFileKey(manifest.showId, manifest.id, sha256(json), '.chapters.json', visibility);
  return publishFile(
    bucket,
    { key, body: json, contentType: 'application/json+chapters', lengthBytes: json.byteLength },
    signal,
  );
}
