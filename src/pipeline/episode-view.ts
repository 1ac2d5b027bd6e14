/** An episode as the API shows it. Pure. */
import type { Manifest } from '../domain/episode.ts';
import type { HeardAudio } from '../domain/episode-details.ts';
import { needsPublish, needsRender } from '../domain/episode-life.ts';
import { leftOutCount } from '../domain/left-out.ts';
import { chaptersOf } from '../feed/chapters.ts';
import { namedAudio } from '../feed/feed-audio.ts';
import { publicUrlOf } from '../storage/object-keys.ts';
import type { JobProgress } from './ports.ts';

/** Asked for, and no worker has said anything of it yet. */
const QUEUED: JobProgress = { stage: 'queued', percent: 0 };

/** The fields of `interfaces.md`; `told` is what the queue says of the job at work, if it says anything. */
export function episodeView(manifest: Manifest, publicUrl: string, told?: JobProgress) {
  const isAtWork = manifest.status !== 'waiting-for-tracks' && (needsRender(manifest) || needsPublish(manifest));
  const progress = isAtWork ? (told ?? QUEUED) : undefined;
  const audio = namedAudio(manifest, publicUrl);
  return {
    id: manifest.id,
    showId: manifest.showId,
    roomId: manifest.roomId,
    guid: manifest.guid,
    revision: manifest.revision,
    version: manifest.version,
    status: manifest.status,
    ...(progress ? { stage: progress.stage, progress: Math.floor(progress.percent) } : {}),
    title: manifest.title,
    description: manifest.description,
    startedAt: manifest.startedAt,
    ...(manifest.publishedAt ? { publishedAt: manifest.publishedAt } : {}),
    ...(manifest.status === 'scheduled' && manifest.scheduledFor ? { scheduledFor: manifest.scheduledFor } : {}),
    ...(audio
      ? {
          audio: {
            ...audio,
            integratedLufs: manifest.audio?.integratedLufs ?? null,
            truePeakDbtp: manifest.audio?.truePeakDbtp ?? null,
          },
        }
      : {}),
    ...(manifest.passportFile ? { passportUrl: publicUrlOf(publicUrl, manifest.passportFile.key) } : {}),
    ...(manifest.imported ? { importedFrom: manifest.imported.from } : {}),
    participants: manifest.participants.map(({ id, name, role }) => ({ id, name: name ?? '', role })),
    excludedCount: leftOutCount(manifest),
    chapters: chaptersHeard(manifest),
    edit: manifest.edit,
    ...detailsView(manifest),
    tracks: manifest.tracks.map(({ participantId, key, state, reason }) => ({
      participantId,
      key,
      state,
      ...(reason ? { reason } : {}),
    })),
    ...(manifest.failure ? { failure: manifest.failure } : {}),
    warnings: manifest.warnings,
  };
}

/** The creator set it on audio that was edited since: what is public is where it is now. */
function isMovedOn({ master, publishedRenderKey }: Manifest, heard: HeardAudio | undefined): boolean {
  return heard !== undefined && heard.renderKey !== master?.renderKey && publishedRenderKey === master?.renderKey;
}

function chaptersHeard(manifest: Manifest) {
  const { chaptersHeardIn, publishedChapters } = manifest;
  if (!publishedChapters || !isMovedOn(manifest, chaptersHeardIn)) return chaptersOf(manifest);
  return publishedChapters.map(({ imageFile: _file, ...chapter }) => chapter);
}

/** What the creator said beside words and sound; `soundbites` as they are heard, once that is known. */
function detailsView(manifest: Manifest) {
  const { season, seasonName, episode, episodeDisplay, episodeType, explicit, link, aiContent } = manifest;
  const { license, contentLinks, socialInteract, soundbites, publishedSoundbites } = manifest;
  const said = { season, seasonName, episode, episodeDisplay, episodeType, explicit, link, license };
  return {
    ...Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)),
    aiContent: aiContent ?? 'unset',
    ...(contentLinks ? { contentLinks } : {}),
    ...(socialInteract ? { socialInteract } : {}),
    soundbites:
      (isMovedOn(manifest, manifest.soundbitesOf) ? publishedSoundbites : undefined) ??
      soundbites ??
      publishedSoundbites ??
      [],
  };
}
