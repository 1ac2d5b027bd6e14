/** Makes and uploads an episode's public files: tagged audio, cover, chapters, alternates, passport. Their keys carry their content's hash. */
import { type PassportAccount, passportJson, sealOf } from '../audio/passport.ts';
import { passportAccount } from '../audio/passport-account.ts';
import type { RenderReport } from '../audio/report.ts';
import type { Chapter, EpisodeAudio, Manifest, Master, PublicFile } from '../domain/episode.ts';
import { type Notice, PermanentFailure } from '../domain/failure.ts';
import { type Sha256, sha256 } from '../domain/ids.ts';
import type { Show } from '../domain/show.ts';
import { chaptersJson, chaptersOf } from '../feed/chapters.ts';
import { ALTERNATES, alternateKey, episodeFileKey, masterKey } from '../storage/object-keys.ts';
import type { CoverMaker, JobContext, ObjectStore, PutBody, ReceivedFile, TagWriter, WorkFolder } from './ports.ts';
import { publishFile } from './publish-file.ts';
import { readBytes, readPicture } from './records.ts';
import { storedReport } from './stored-render.ts';

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
  readonly passportFile?: PublicFile;
  readonly alternates: readonly PublicFile[];
  readonly chapters: readonly Chapter[];
  readonly warnings: readonly Notice[];
}

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
  const frames = await fetchMaster(bucket, master.renderKey, work, job.signal);
  await job.progress({ stage: 'publish', percent: 30 });
  const upload: Upload = (content, suffix, body, contentType, lengthBytes) =>
    publishFile(
      bucket,
      {
        ...{ key: episodeFileKey(manifest.showId, manifest.id, content, suffix), title: manifest.title },
        ...{ body, contentType, lengthBytes },
      },
      job.signal,
    );
  const report = await storedReport(bucket, master.renderKey, job.signal);
  const alternates = report ? await publishAlternates(report, work, upload, job.signal, dependencies) : [];
  const account = report && passportAccount({ report, manifest, frames, alternates: alternates.map(namedFile) });
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
    ...(account ? { passportSeal: sealOf(account) } : {}),
  });
  const mp3 = await upload(tagged.sha256, '.mp3', { file: taggedPath }, 'audio/mpeg', tagged.lengthBytes);
  await job.progress({ stage: 'publish', percent: 80 });
  const audio: EpisodeAudio = {
    ...mp3,
    durationSeconds: master.durationSeconds,
    integratedLufs: master.loudness.integratedLufs,
    truePeakDbtp: master.loudness.truePeakDbtp,
  };
  const jpg = await upload(sha256(cover.jpeg), '.jpg', cover.jpeg, 'image/jpeg', cover.jpeg.byteLength);
  return {
    audio,
    cover: jpg,
    ...(account ? { passportFile: await publishPassport(account, mp3, tagged.sha256, upload) } : {}),
    ...(chapters.length > 0 ? { chaptersFile: await publishChapters(chapters, upload) } : {}),
    alternates: alternates.map(({ file }) => file),
    chapters,
    warnings: cover.warnings,
  };
}

type Upload = (
  content: Sha256,
  suffix: string,
  body: PutBody,
  contentType: string,
  lengthBytes: number,
) => Promise<PublicFile>;

interface HashedFile {
  readonly file: PublicFile;
  readonly sha256: Sha256;
}

const namedFile = ({ file: { key, contentType, lengthBytes }, sha256: digest }: HashedFile) => ({
  file: key.slice(key.lastIndexOf('/') + 1),
  contentType,
  lengthBytes,
  sha256: digest,
});

async function publishChapters(chapters: readonly Chapter[], upload: Upload): Promise<PublicFile> {
  const json = Buffer.from(chaptersJson(chapters));
  return upload(sha256(json), '.chapters.json', json, 'application/json+chapters', json.byteLength);
}

/**
 * Named as the audio it tells of, so that whoever has the one finds the other. The audio's tags hold its seal: another
 * passport would be another audio file, and so another name.
 */
async function publishPassport(account: PassportAccount, mp3: PublicFile, audio: Sha256, upload: Upload) {
  const json = Buffer.from(passportJson({ ...account, published: namedFile({ file: mp3, sha256: audio }) }));
  return upload(audio, '.passport.json', json, 'application/json', json.byteLength);
}

/** Those that the render left; one that is gone from the store is not worth the episode. */
async function publishAlternates(
  { renderKey, sound }: RenderReport,
  work: WorkFolder,
  upload: Upload,
  signal: AbortSignal,
  { bucket }: PublicFileDependencies,
): Promise<HashedFile[]> {
  const published: HashedFile[] = [];
  for (const format of new Set(sound.alternates)) {
    const { suffix, contentType } = ALTERNATES[format];
    const object = await bucket.get(alternateKey(renderKey, format), { signal });
    if (!object) continue;
    const name = `alternate${suffix}`;
    const { sha256: digest, lengthBytes } = await work.receive(name, object.body, signal);
    const file = await upload(digest, suffix, { file: work.file(name) }, contentType, lengthBytes);
    await work.discard(name);
    published.push({ file, sha256: digest });
  }
  return published;
}

async function fetchMaster(
  bucket: ObjectStore,
  render: Sha256,
  work: WorkFolder,
  signal: AbortSignal,
): Promise<ReceivedFile> {
  const object = await bucket.get(masterKey(render), { signal });
  if (!object) {
    throw new PermanentFailure(
      'tracks-gone',
      'The finished audio is not in the store any more. Try again to have it made anew.',
    );
  }
  return work.receive('master.mp3', object.body, signal);
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
