/** Makes and uploads an episode's public files: tagged audio, cover, chapters, alternates, passport. Their keys carry their content's hash. */
import { type PassportAccount, passportJson, sealOf } from '../audio/passport.ts';
import { passportAccount } from '../audio/passport-account.ts';
import type { RenderReport } from '../audio/report.ts';
import type { EpisodeAudio, Manifest, Master, PublicFile } from '../domain/episode.ts';
import type { Published } from '../domain/episode-life.ts';
import { PermanentFailure } from '../domain/failure.ts';
import { type Sha256, sha256 } from '../domain/ids.ts';
import type { Show } from '../domain/show.ts';
import { chaptersJson } from '../feed/chapters.ts';
import {
  ALTERNATES,
  alternateKey,
  episodeFileKey,
  masterKey,
  publicUrlOf,
  visibilityOf,
} from '../storage/object-keys.ts';
import { type PicturedChapters, withChapterImages } from './chapter-images.ts';
import { episodeChapters } from './episode-chapters.ts';
import { type CoverDependencies, episodeCover } from './episode-cover.ts';
import { episodeSoundbites } from './episode-soundbites.ts';
import type {
  ChapterImageMaker,
  JobContext,
  ObjectStore,
  PutBody,
  ReceivedFile,
  TagWriter,
  WorkFolder,
} from './ports.ts';
import type { PublicFolder } from './public-folder.ts';
import { publishFile } from './publish-file.ts';
import { readReport } from './stored-render.ts';

export interface PublicFileDependencies extends CoverDependencies {
  readonly writeTags: TagWriter;
  readonly makeChapterImage: ChapterImageMaker;
}

export type PublicFiles = Omit<Published, 'request' | 'renderKey'> & {
  readonly audio: EpisodeAudio;
  readonly alternates: readonly PublicFile[];
};

/** Every listener downloads them, whether their player shows them or not. */
const MOST_TAGGED_IMAGE_BYTES = 2 * 1024 * 1024;

/** What the public files of an episode are made of. */
export interface Material {
  readonly manifest: Manifest;
  readonly master: Master;
  readonly show: Show;
  readonly work: WorkFolder;
  /** What lies in the episode's public folder already. */
  readonly folder?: PublicFolder;
}

export async function makePublicFiles(
  { manifest, master, show, work, folder }: Material,
  job: JobContext,
  dependencies: PublicFileDependencies,
): Promise<PublicFiles> {
  const { bucket, writeTags } = dependencies;
  const cover = await episodeCover(manifest, show, dependencies);
  const frames = await fetchMaster(bucket, master.renderKey, work, job.signal);
  await job.progress({ stage: 'publish', percent: 30 });
  const upload: Upload = (content, suffix, body, contentType, lengthBytes) =>
    publishFile(
      bucket,
      {
        ...{
          key: episodeFileKey(manifest.showId, manifest.id, content, suffix, visibilityOf(show)),
          title: manifest.title,
        },
        ...{ body, contentType, lengthBytes },
      },
      job.signal,
      folder,
    );
  const own = await episodeChapters(manifest, master, bucket);
  const pictured = await withChapterImages(
    own.chapters,
    (jpeg, content) => upload(content, '.jpg', jpeg, 'image/jpeg', jpeg.byteLength),
    dependencies,
  );
  const { chapters } = pictured;
  const report = await readReport(bucket, master.renderKey);
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
    chapters: withJpegs(pictured),
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
  const clips = await episodeSoundbites({ manifest, master, report, chapters }, bucket);
  const urlOf = (key: string) => publicUrlOf(show.publicUrl, key);
  return {
    audio,
    cover: jpg,
    ...(account ? { passportFile: await publishPassport(account, mp3, tagged.sha256, upload) } : {}),
    ...(chapters.length > 0 ? { chaptersFile: await publishChapters(chaptersJson(chapters, urlOf), upload) } : {}),
    alternates: alternates.map(({ file }) => file),
    chapterImages: pictured.files,
    chapters,
    soundbites: clips.soundbites,
    moved: { ...own.moved, ...clips.moved },
    warnings: [...cover.warnings, ...own.warnings, ...pictured.warnings, ...clips.warnings],
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

/** For players that read tags alone. Pictures beyond what a header should weigh stay in the feed and its JSON. */
function withJpegs({ chapters, jpegs }: PicturedChapters) {
  let bytes = 0;
  return chapters.map((chapter) => {
    const imageJpeg = chapter.imageFile === undefined ? undefined : jpegs.get(chapter.imageFile);
    if (!imageJpeg || bytes + imageJpeg.byteLength > MOST_TAGGED_IMAGE_BYTES) return chapter;
    bytes += imageJpeg.byteLength;
    return { ...chapter, imageJpeg };
  });
}

async function publishChapters(text: string, upload: Upload): Promise<PublicFile> {
  const json = Buffer.from(text);
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
