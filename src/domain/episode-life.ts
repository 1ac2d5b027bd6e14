/** The life of an episode as pure steps: each takes a manifest and gives the next one, or the same where nothing changes. */
import type {
  Chapter,
  EpisodeAudio,
  EpisodeStatus,
  EpisodeTrack,
  HistoryEntry,
  Manifest,
  Master,
  PublicFile,
} from './episode.ts';
import type { Soundbite } from './episode-details.ts';
import type { Notice } from './failure.ts';
import { isMadeBeforeLeaving, lastingWarnings, removalOf } from './leaving.ts';
import { filesOf, publicKeys, withoutPublicFiles } from './public-files.ts';

type Who = HistoryEntry['who'];
const MAX_HISTORY = 200;
const EPOCH = new Date(0).toISOString();

/** One change: counts the version, keeps the history. */
export function changed(
  manifest: Manifest,
  at: Date,
  who: Who,
  what: string,
  fields: Partial<Manifest> & { failure?: Notice | undefined } = {},
): Manifest {
  const now = at.toISOString();
  const to = fields.status ?? manifest.status;
  const entry = { at: now, what, who, ...(to === manifest.status ? {} : { from: manifest.status, to }) };
  return {
    ...manifest,
    ...fields,
    version: manifest.version + 1,
    updatedAt: now,
    history: [...manifest.history, entry].slice(-MAX_HISTORY),
  } as Manifest;
}

/** By which it is told what is still to be done. */
type Requests = Pick<
  Manifest,
  'status' | 'failure' | 'renderRequest' | 'renderedRequest' | 'publishRequest' | 'publishedRequest'
>;

/** Other audio is wanted than `master` is, and nothing stands in the way. */
export function needsRender(manifest: Requests): boolean {
  return manifest.status !== 'erased' && !manifest.failure && manifest.renderedRequest < manifest.renderRequest;
}

/** The audio is there and is to be public, but the public files are not yet made of it. */
export function needsPublish(manifest: Requests): boolean {
  return (
    !manifest.failure &&
    manifest.renderedRequest === manifest.renderRequest &&
    manifest.publishedRequest < manifest.publishRequest &&
    (manifest.status === 'rendering' || manifest.status === 'published')
  );
}

export function isScheduleDue(manifest: Manifest, now: Date): boolean {
  return manifest.status === 'scheduled' && Date.parse(manifest.scheduledFor ?? EPOCH) <= now.getTime();
}

/** Nothing is left to do for this episode until somebody asks for something. */
export function isSettled(manifest: Requests): boolean {
  return !needsRender(manifest) && !needsPublish(manifest) && manifest.status !== 'scheduled';
}

const BEFORE_FIRST_AUDIO: readonly EpisodeStatus[] = ['waiting-for-tracks', 'rendering', 'failed'];
const isFirstAudio = (manifest: Manifest) => BEFORE_FIRST_AUDIO.includes(manifest.status);

export function renderBegan(manifest: Manifest, at: Date): Manifest {
  return changed(manifest, at, 'pipeline', `render ${manifest.renderRequest} began`, {
    renderAttempts: manifest.renderAttempts + 1,
    ...(isFirstAudio(manifest) ? { status: 'rendering' as const } : {}),
  });
}

/** The same manifest when nothing is news: looking again and again leaves version and history alone. */
export function renderWaits(manifest: Manifest, request: number, tracks: readonly EpisodeTrack[], at: Date): Manifest {
  if (!needsRender(manifest) || manifest.renderRequest !== request) return manifest;
  const isWaiting = manifest.status !== 'rendering' && manifest.renderAttempts === 0;
  if (isWaiting && JSON.stringify(tracks) === JSON.stringify(manifest.tracks)) return manifest;
  return changed(manifest, at, 'pipeline', 'waiting for tracks', {
    tracks: [...tracks],
    renderAttempts: 0,
    ...(isFirstAudio(manifest) ? { status: 'waiting-for-tracks' as const } : {}),
  });
}

export interface Rendered {
  readonly request: number;
  readonly master: Master;
  readonly tracks: readonly EpisodeTrack[];
  readonly warnings: readonly Notice[];
  /** False where something was missing and the show wants a person to look before it is published. */
  readonly mayPublish: boolean;
}

/** A result that is not waited for any more only adds its key, so that erasing finds it. */
export function renderFinished(manifest: Manifest, result: Rendered, at: Date): Manifest {
  const renderKeys = [...new Set([...manifest.renderKeys, result.master.renderKey])];
  const isAwaited = result.request === manifest.renderRequest && manifest.renderedRequest < result.request;
  if (manifest.status === 'erased' || !isAwaited) {
    const owed = isMadeBeforeLeaving(manifest, result.request)
      ? {
          removal: removalOf(
            { ...manifest, renderKeys: [result.master.renderKey], tracks: [], superseded: [] },
            [],
            at,
          ),
        }
      : {};
    if (renderKeys.length === manifest.renderKeys.length && !owed.removal) return manifest;
    return changed(manifest, at, 'pipeline', `render ${result.request} came too late`, { renderKeys, ...owed });
  }
  const next = changed(manifest, at, 'pipeline', `render ${result.request} finished`, {
    renderKeys,
    master: result.master,
    tracks: [...result.tracks],
    warnings: [...lastingWarnings(manifest), ...result.warnings],
    renderedRequest: result.request,
    renderAttempts: 0,
    failure: undefined,
    ...(manifest.retired ? { retired: { ...manifest.retired, stemsAndMasters: undefined } } : {}),
  });
  if (!isFirstAudio(manifest)) return { ...next, publishRequest: next.publishRequest + 1 };
  const status = firstStatus(manifest, result.mayPublish, at);
  const scheduledFor =
    status === 'scheduled' && manifest.publish.mode === 'scheduled' ? { scheduledFor: manifest.publish.at } : {};
  return { ...next, status, ...scheduledFor };
}

function firstStatus(manifest: Manifest, mayPublish: boolean, at: Date): EpisodeStatus {
  if (!mayPublish || manifest.publish.mode === 'draft') return 'draft';
  if (manifest.publish.mode === 'scheduled' && Date.parse(manifest.publish.at) > at.getTime()) return 'scheduled';
  return 'rendering';
}

export interface StageFailure {
  readonly stage: 'render' | 'publish';
  /** The render request that the stage worked on: what failed for an older one says nothing of this. */
  readonly renderRequest: number;
  readonly failure: Notice;
  /** As they were found, where the stage got so far. */
  readonly tracks?: readonly EpisodeTrack[];
}

/** A published episode that could not be made anew stays published, with the reason beside it. */
export function stageFailed(manifest: Manifest, failed: StageFailure, at: Date): Manifest {
  const isOpen = failed.stage === 'render' ? needsRender(manifest) : needsPublish(manifest);
  if (!isOpen || failed.renderRequest !== manifest.renderRequest) return manifest;
  return changed(manifest, at, 'pipeline', `failed: ${failed.failure.code}`, {
    failure: failed.failure,
    ...(failed.tracks ? { tracks: [...failed.tracks] } : {}),
    ...(isFirstAudio(manifest) ? { status: 'failed' as const } : {}),
  });
}

export interface Published {
  readonly request: number;
  /** Absent for an imported episode: nothing was rendered. */
  readonly renderKey?: Master['renderKey'];
  /** Absent where another host has it. */
  readonly audio?: EpisodeAudio;
  readonly cover?: PublicFile;
  readonly chaptersFile?: PublicFile;
  readonly passportFile?: PublicFile;
  readonly alternates?: readonly PublicFile[];
  readonly chapterImages?: readonly PublicFile[];
  readonly chapters: readonly Chapter[];
  readonly soundbites?: readonly Soundbite[];
  /** What the creator set, on the clock of this audio. */
  readonly moved?: Pick<Manifest, 'soundbites' | 'soundbitesOf' | 'chapters' | 'chaptersHeardIn'>;
  readonly warnings: readonly Notice[];
}

/** The code of the warning that a creator's chapter would begin after the audio. */
export const CHAPTER_BEYOND_END = 'chapter-beyond-end';

/** What publishing says anew each time: what it does not say again is mended. */
const isOfPublishing = ({ code }: Notice) =>
  code.startsWith('artwork-') || code.startsWith('chapter-image-') || code === CHAPTER_BEYOND_END;

export const isScheduleOver = (manifest: Manifest, at: Date) =>
  manifest.scheduledFor !== undefined && Date.parse(manifest.scheduledFor) <= at.getTime();

/** Undefined when these files are no longer wanted: something was changed or withdrawn while they were made. */
export function publishFinished(manifest: Manifest, files: Published, at: Date): Manifest | undefined {
  if (!needsPublish(manifest) || files.request !== manifest.publishRequest) return undefined;
  if (files.renderKey !== manifest.master?.renderKey) return undefined;
  const fresh = new Set(filesOf(files).map(({ key }) => key));
  const gone = publicKeys(manifest).filter((key) => !fresh.has(key));
  const isNewAudio = manifest.publishedRenderKey !== files.renderKey;
  const isSaidAgain = (old: Notice) => files.warnings.some((added) => added.code === old.code);
  const kept = manifest.warnings.filter((old) => !isSaidAgain(old) && !isOfPublishing(old));
  const { publishedSoundbites: _soundbites, ...rest } = withoutPublicFiles(manifest);
  return changed(rest, at, 'pipeline', `published revision ${manifest.revision + (isNewAudio ? 1 : 0)}`, {
    status: 'published',
    publishedAt: manifest.publishedAt ?? (isScheduleOver(manifest, at) ? manifest.scheduledFor : at.toISOString()),
    publishedRequest: files.request,
    ...(files.renderKey ? { publishedRenderKey: files.renderKey } : {}),
    revision: manifest.revision + (isNewAudio ? 1 : 0),
    ...(files.audio ? { audio: files.audio } : {}),
    ...(files.cover ? { cover: files.cover } : {}),
    publishedChapters: [...files.chapters],
    ...(files.chaptersFile ? { chaptersFile: files.chaptersFile } : {}),
    ...(files.passportFile ? { passportFile: files.passportFile } : {}),
    ...(files.alternates?.length ? { alternates: [...files.alternates] } : {}),
    ...(files.chapterImages?.length ? { chapterImages: [...files.chapterImages] } : {}),
    ...(files.soundbites ? { publishedSoundbites: [...files.soundbites] } : {}),
    ...files.moved,
    warnings: [...kept, ...files.warnings],
    superseded: [
      ...manifest.superseded.filter(({ key }) => !fresh.has(key)),
      ...gone.map((key) => ({ key, since: at.toISOString() })),
    ],
  });
}
