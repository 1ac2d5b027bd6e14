/** The media of imported episodes: asked for their real length, or downloaded, looked at and kept under this show. */
import type { Chapter, ExternalAudio, Manifest } from '../domain/episode.ts';
import { messageOf, PermanentFailure } from '../domain/failure.ts';
import { type CopiedMedia, mediaCopied, withCopies } from '../domain/imported-episode.ts';
import type { Show } from '../domain/show.ts';
import { jsonChapters } from '../feed/import/chapters.ts';
import type { Oddities } from '../feed/import/oddity.ts';
import {
  episodeFileKey,
  importedArtworkKey,
  importedOriginalKey,
  type Visibility,
  visibilityOf,
} from '../storage/object-keys.ts';
import { changeManifest } from './manifests.ts';
import type { Clock, CoverMaker, ObjectStore, WorkFolder, WorkFolders } from './ports.ts';
import { publishFile } from './publish-file.ts';
import { makeImportedFiles } from './publish-imported.ts';
import { bytesOf, type MediaReader, type Web } from './web.ts';

export interface MediaDependencies {
  readonly bucket: ObjectStore;
  readonly clock: Clock;
  readonly makeCover: CoverMaker;
  readonly workFolders: WorkFolders;
  readonly web: Web;
  readonly readMedia: MediaReader;
}

/** A file of two days at 128 kbit/s. */
const MAX_MEDIA_BYTES = 3 * 1024 ** 3;
const MAX_ARTWORK_BYTES = 20 * 1024 ** 2;
const MAX_CHAPTERS_BYTES = 1024 ** 2;
const QUESTION_MS = 30_000;
/** itunes:duration is in whole seconds. */
const DURATION_TOLERANCE_SECONDS = 1.1;

/** HEAD, as an app asks. The audio as it was told where the server does not say more. */
export async function askLength(
  audio: ExternalAudio,
  odd: Oddities,
  web: Web,
  signal: AbortSignal,
): Promise<ExternalAudio> {
  try {
    const answer = await web(audio.url, { method: 'HEAD', maxBytes: 0, totalMs: QUESTION_MS, signal });
    answer.body.destroy();
    if (answer.status !== 200) {
      odd.lost('media-gone', `The audio ${audio.url} answers ${answer.status}, not 200: nobody can hear it`);
      return audio;
    }
    if (answer.lengthBytes === undefined || answer.lengthBytes === 0) {
      odd.lost('length-unknown', `The audio ${audio.url} does not say how many bytes it has`);
      return audio;
    }
    if (answer.lengthBytes === audio.lengthBytes) return audio;
    const told = audio.lengthBytes === 0 ? '' : `, not ${audio.lengthBytes} as the feed says`;
    odd.changed('length-asked', `The audio has ${answer.lengthBytes} bytes${told}: its server was asked`);
    return { ...audio, lengthBytes: answer.lengthBytes };
  } catch (error) {
    signal.throwIfAborted();
    odd.lost('media-unreachable', `The audio ${audio.url} could not be asked for its length: ${messageOf(error)}`);
    return audio;
  }
}

/** Undefined, and told, where there are none to be had. */
export async function fetchChapters(
  url: string,
  odd: Oddities,
  web: Web,
  signal: AbortSignal,
): Promise<Chapter[] | undefined> {
  try {
    const answer = await web(url, { maxBytes: MAX_CHAPTERS_BYTES, totalMs: QUESTION_MS, signal });
    const bytes = await bytesOf(answer);
    if (!bytes) throw new Error(`it answers ${answer.status}, not 200`);
    return jsonChapters(bytes.toString('utf8'), odd);
  } catch (error) {
    signal.throwIfAborted();
    odd.lost('chapters-unreachable', `The chapters ${url} cannot be taken over: ${messageOf(error)}`);
    return undefined;
  }
}

/** Whether its copy is still to be made, or went away since. */
export async function awaitsCopy({ imported, status }: Manifest, bucket: ObjectStore): Promise<boolean> {
  if (!imported || status === 'erased') return false;
  return imported.original === undefined || !(await bucket.head(imported.original.key));
}

/**
 * Downloads the audio, and the picture that the manifest names, puts them into the bucket, and only then changes the manifest. Throws in plain words
 * for what is no audio or cannot be had; nothing is changed then.
 */
export async function copyMedia(
  manifest: Manifest,
  audio: ExternalAudio,
  show: Pick<Show, 'title' | 'private'>,
  odd: Oddities,
  signal: AbortSignal,
  dependencies: MediaDependencies,
): Promise<Manifest> {
  const { bucket, clock, workFolders } = dependencies;
  const work = await workFolders.create(`import-${manifest.id}`);
  try {
    const copies = await download(manifest, audio, work, odd, signal, dependencies);
    const known = withCopies(manifest, copies);
    if (!known.imported) throw new PermanentFailure('internal', `${manifest.id} was not imported`);
    const visibility = visibilityOf(show);
    const material = { manifest: known, imported: known.imported, showTitle: show.title, visibility, work, signal };
    if (manifest.status === 'published') await publishHere(manifest, copies, visibility, work, signal, bucket);
    const files = await makeImportedFiles(material, dependencies);
    const { value } = await changeManifest(bucket, manifest.showId, manifest.id, (now) =>
      mediaCopied(now, copies, files, clock.now()),
    );
    return value;
  } finally {
    await work.remove();
  }
}

/** From the work folder rather than back from the bucket. */
async function publishHere(
  { showId, id, title }: Manifest,
  { original: { sha256, key, contentType, lengthBytes } }: CopiedMedia,
  visibility: Visibility,
  work: WorkFolder,
  signal: AbortSignal,
  bucket: ObjectStore,
): Promise<void> {
  const publicKey = episodeFileKey(showId, id, sha256, key.slice(key.lastIndexOf('.')), visibility);
  const body = { file: work.file('media') };
  await publishFile(bucket, { key: publicKey, body, contentType, lengthBytes, title }, signal);
}

async function download(
  manifest: Manifest,
  audio: ExternalAudio,
  work: WorkFolder,
  odd: Oddities,
  signal: AbortSignal,
  dependencies: MediaDependencies,
): Promise<CopiedMedia> {
  const { bucket, web, readMedia } = dependencies;
  const { imported } = manifest;
  if (!imported) throw new PermanentFailure('internal', `${manifest.id} was not imported`);
  const answer = await web(audio.url, { maxBytes: MAX_MEDIA_BYTES, signal });
  if (answer.status !== 200) {
    answer.body.destroy();
    throw new Error(`${audio.url} answers ${answer.status}, not 200`);
  }
  const received = await work.receive('media', answer.body, signal);
  if (answer.lengthBytes !== undefined && answer.lengthBytes !== received.lengthBytes) {
    throw new Error(`${audio.url} promised ${answer.lengthBytes} bytes, and ${received.lengthBytes} came`);
  }
  const media = await readMedia(work.file('media'));
  if (media.kind === 'rejected') throw new Error(`${audio.url} is no audio that can be published: ${media.reason}`);
  tellDifferences(audio, received.lengthBytes, media, odd);
  const key = importedOriginalKey(imported.key, media.suffix);
  const { contentType, durationSeconds } = media;
  await bucket.put(key, { file: work.file('media') }, { contentType, signal });
  const artwork = await downloadArtwork(manifest, odd, signal, dependencies);
  return {
    original: { key, contentType, ...received, durationSeconds },
    ...(artwork === undefined ? {} : { artwork }),
  };
}

function tellDifferences(
  told: ExternalAudio,
  lengthBytes: number,
  found: { readonly contentType: string; readonly durationSeconds: number },
  odd: Oddities,
): void {
  if (told.lengthBytes !== 0 && told.lengthBytes !== lengthBytes) {
    odd.changed(
      'length-differs',
      `The feed says ${told.lengthBytes} bytes, ${lengthBytes} came: these are told from now on`,
    );
  }
  const { durationSeconds: seconds = found.durationSeconds } = told;
  if (Math.abs(seconds - found.durationSeconds) > DURATION_TOLERANCE_SECONDS) {
    odd.changed(
      'duration-differs',
      `The feed says ${seconds} s, the audio has ${found.durationSeconds.toFixed(1)} s: told from now on`,
    );
  }
  if (told.contentType !== found.contentType) {
    odd.changed(
      'type-differs',
      `The feed says ${told.contentType}, the audio is ${found.contentType}: told from now on`,
    );
  }
}

async function downloadArtwork(
  { imported }: Manifest,
  odd: Oddities,
  signal: AbortSignal,
  { bucket, web }: MediaDependencies,
): Promise<string | undefined> {
  const url = imported?.imageUrl;
  if (!imported || url === undefined) return undefined;
  try {
    const answer = await web(url, { maxBytes: MAX_ARTWORK_BYTES, totalMs: QUESTION_MS, signal });
    const image = await bytesOf(answer);
    if (!image) throw new Error(`it answers ${answer.status}, not 200`);
    const key = importedArtworkKey(imported.key);
    await bucket.put(key, image, { contentType: answer.contentType || 'application/octet-stream' });
    return key;
  } catch (error) {
    signal.throwIfAborted();
    odd.lost('artwork-unreachable', `The episode’s picture ${url} stays where it is: ${messageOf(error)}`);
    return undefined;
  }
}
