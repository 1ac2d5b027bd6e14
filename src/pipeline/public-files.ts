/** Makes and uploads what the feed will name of an episode: tagged audio, cover, chapters. Their keys carry their content's hash. */
import type { Chapter, EpisodeAudio, Manifest, Master, PublicFile } from '../domain/episode.ts';
import { type Notice, PassingFailure, PermanentFailure } from '../domain/failure.ts';
import { type Sha256, sha256 } from '../domain/ids.ts';
import type { Show } from '../domain/show.ts';
import { chaptersJson, chaptersOf } from '../feed/chapters.ts';
import { episodeFileKey, masterKey } from '../storage/object-keys.ts';
import type { CoverMaker, JobContext, ObjectStore, PutBody, TagWriter, WorkFolder } from './ports.ts';
import { readBytes, readPicture } from './records.ts';

export interface PublicFileDependencies {
  readonly bucket: ObjectStore;
  readonly trackStore: ObjectStore;
  readonly writeTags: TagWriter;
  readonly makeCover: CoverMaker;
}

export interface PublicFiles {
  readonly audio: EpisodeAudio;
  readonly cover: PublicFile;
  readonly chaptersFile?: PublicFile;
  readonly chapters: readonly Chapter[];
  readonly warnings: readonly Notice[];
}

const IMMUTABLE = 'public, max-age=31536000, immutable';

/** What the public files of an episode are made of. */
export interface Material {
  readonly manifest: Manifest;
  readonly master: Master;
  readonly show: Show;
  readonly work: WorkFolder;
}

export async function makePublicFiles(
  { manifest, master, show, work }: Material,
  job: JobContext,
  dependencies: PublicFileDependencies,
): Promise<PublicFiles> {
  const { bucket, writeTags } = dependencies;
  const cover = await episodeCover(manifest, show, dependencies);
  const chapters = chaptersOf(manifest);
  await fetchMaster(bucket, master.renderKey, work, job.signal);
  await job.progress({ stage: 'publish', percent: 30 });
  const taggedPath = work.file('episode.mp3');
  const tagged = await writeTags(work.file('master.mp3'), taggedPath, {
    title: manifest.title,
    artist:
      manifest.participants
        .map((person) => person.name)
        .filter(Boolean)
        .join(', ') ||
      show.author ||
      show.title,
    album: show.title,
    date: manifest.startedAt,
    comment: manifest.description,
    coverJpeg: cover.jpeg,
    chapters,
    durationSeconds: master.durationSeconds,
  });
  const upload = (content: Sha256, suffix: string, body: PutBody, contentType: string, lengthBytes: number) =>
    publishFile(
      bucket,
      episodeFileKey(manifest.showId, manifest.id, content, suffix),
      body,
      contentType,
      lengthBytes,
      job.signal,
    );
  const mp3 = await upload(tagged.sha256, '.mp3', { file: taggedPath }, 'audio/mpeg', tagged.lengthBytes);
  await job.progress({ stage: 'publish', percent: 80 });
  const audio: EpisodeAudio = {
    ...mp3,
    durationSeconds: master.durationSeconds,
    integratedLufs: master.loudness.integratedLufs,
    truePeakDbtp: master.loudness.truePeakDbtp,
  };
  const jpg = await upload(sha256(cover.jpeg), '.jpg', cover.jpeg, 'image/jpeg', cover.jpeg.byteLength);
  if (chapters.length === 0) return { audio, cover: jpg, chapters, warnings: cover.warnings };
  const json = Buffer.from(chaptersJson(chapters));
  const chaptersFile = await upload(sha256(json), '.chapters.json', json, 'application/json+chapters', json.byteLength);
  return { audio, cover: jpg, chapters, chaptersFile, warnings: cover.warnings };
}

async function fetchMaster(bucket: ObjectStore, render: Sha256, work: WorkFolder, signal: AbortSignal): Promise<void> {
  const object = await bucket.get(masterKey(render), { signal });
  if (!object) {
    throw new PermanentFailure(
      'tracks-gone',
      'The finished audio is not in the store any more. Try again to have it made anew.',
    );
  }
  await work.receive('master.mp3', object.body, signal);
}

/** The room's own artwork, else the show's. A picture that cannot be used is worth a warning, never an episode. */
async function episodeCover(manifest: Manifest, show: Show, { bucket, trackStore, makeCover }: PublicFileDependencies) {
  const fallback = { title: show.title, seed: show.id };
  const given = manifest.artworkKey ? await readPicture(trackStore, manifest.artworkKey) : undefined;
  const warnings: Notice[] = [];
  if (typeof given === 'string') {
    const why = given === 'missing' ? 'was not there' : 'is too large to be a picture';
    warnings.push({
      code: `artwork-${given}`,
      message: `The artwork ${manifest.artworkKey} ${why}; the show's cover is used.`,
    });
  } else if (given) {
    const cover = await makeCover(given, fallback);
    if (!cover.generated) return { jpeg: cover.jpeg, warnings: cover.warnings };
    warnings.push(...cover.warnings);
  }
  const own = show.cover ? await readBytes(bucket, show.cover.key) : undefined;
  return own ? { jpeg: own.bytes, warnings } : { jpeg: (await makeCover(undefined, fallback)).jpeg, warnings };
}

/** Uploads, then asks the store what it has: a feed never names what is not there. */
async function publishFile(
  bucket: ObjectStore,
  key: string,
  body: PutBody,
  contentType: string,
  lengthBytes: number,
  signal: AbortSignal,
): Promise<PublicFile> {
  const there = await bucket.head(key, signal);
  if (there?.lengthBytes !== lengthBytes || there.contentType !== contentType) {
    await bucket.put(key, body, { contentType, cacheControl: IMMUTABLE, signal });
    const stored = await bucket.head(key, signal);
    if (!stored) throw new PassingFailure('store-inconsistent', `${key} was stored but is not there`);
    if (stored.lengthBytes !== lengthBytes || stored.contentType !== contentType) {
      throw new PermanentFailure(
        'store-unsafe',
        `the store keeps ${key} with ${stored.lengthBytes} bytes as ${stored.contentType}, not ${lengthBytes} as ${contentType}`,
      );
    }
  }
  return { key, contentType, lengthBytes };
}
