/** What people and schedules ask of an episode, as pure steps: each takes a manifest and gives the next one, or the same where nothing changes. */
import type { HistoryEntry, Manifest } from './episode.ts';
import { withoutDetails } from './episode-details.ts';
import { changed, isScheduleOver, needsRender } from './episode-life.ts';
import { removalOf } from './leaving.ts';
import { publicKeys, withoutPublicFiles } from './public-files.ts';

type Who = HistoryEntry['who'];
/** Due at once. */
const EPOCH = new Date(0).toISOString();

/** A time that did not come must not become the episode's date. */
function withoutFutureSchedule(manifest: Manifest, at: Date): Manifest {
  if (isScheduleOver(manifest, at)) return manifest;
  const { scheduledFor: _cancelled, ...rest } = manifest;
  return rest;
}

/** Somebody or a schedule wants it in the feed. What failed has to be tried again first: there is nothing to publish. */
export function publishWanted(manifest: Manifest, who: Who, at: Date): Manifest {
  if (manifest.failure) return manifest;
  switch (manifest.status) {
    case 'draft':
    case 'scheduled':
    case 'unpublished':
      return changed(withoutFutureSchedule(manifest, at), at, who, 'publish', {
        status: 'rendering',
        publish: { mode: 'auto' },
        publishRequest: manifest.publishRequest + 1,
      });
    case 'waiting-for-tracks':
    case 'rendering':
      return changed(manifest, at, who, 'publish when ready', { publish: { mode: 'auto' } });
    default:
      return manifest;
  }
}

export function unpublishWanted(manifest: Manifest, at: Date, who: Who = 'creator'): Manifest {
  switch (manifest.status) {
    case 'published': {
      const since = at.toISOString();
      return changed(withoutPublicFiles(manifest), at, who, 'unpublish', {
        status: 'unpublished',
        superseded: [...manifest.superseded, ...publicKeys(manifest).map((key) => ({ key, since }))],
      });
    }
    case 'scheduled':
      return changed(withoutFutureSchedule(manifest, at), at, who, 'schedule cancelled', {
        status: 'draft',
        publish: { mode: 'draft' },
      });
    case 'waiting-for-tracks':
    case 'rendering':
      return changed(manifest, at, who, 'keep as draft', {
        publish: { mode: 'draft' },
        ...(needsRender(manifest) ? {} : { status: 'draft' as const }),
      });
    default:
      return manifest;
  }
}

/** Clears the failure and asks again for what failed, under a new job id; for the audio too where that is gone. */
export function retryWanted(manifest: Manifest, who: Who, at: Date): Manifest {
  if (!manifest.failure) return manifest;
  const isRender = manifest.renderedRequest < manifest.renderRequest || manifest.failure.code === 'tracks-gone';
  return changed(manifest, at, who, 'retry', {
    failure: undefined,
    renderAttempts: 0,
    ...(isRender ? { renderRequest: manifest.renderRequest + 1 } : { publishRequest: manifest.publishRequest + 1 }),
    ...(manifest.status === 'failed'
      ? { status: isRender ? ('waiting-for-tracks' as const) : ('rendering' as const) }
      : {}),
  });
}

/** The same work once more, under a new job id. */
export function askedAgain(manifest: Manifest, at: Date): Manifest {
  const isRender = needsRender(manifest);
  return changed(manifest, at, 'sweep', 'asked again', {
    ...(isRender ? { renderRequest: manifest.renderRequest + 1 } : { publishRequest: manifest.publishRequest + 1 }),
  });
}

/** What is left of an erased episode: that it was, so that its GUID is never used again. Names nobody. */
export function tombstone(manifest: Manifest, at: Date): Manifest {
  if (manifest.status === 'erased') return manifest;
  const {
    master: _m,
    chapters: _ch,
    publishedChapters: _published,
    stemsFrom: _stems,
    publishedRenderKey: _key,
    failure: _fail,
    artworkKey: _art,
    externalAudio: _external,
    imported: _imported,
    ...rest
  } = withoutPublicFiles(manifest);
  return changed(withoutDetails(rest), at, 'creator', 'erased', {
    status: 'erased',
    title: '',
    description: '',
    participants: [],
    excludedParticipantIds: [],
    leftOut: [],
    tracks: [],
    markers: [],
    edit: {},
    warnings: [],
    superseded: publicKeys(manifest).map((key) => ({ key, since: EPOCH })),
    removal: removalOf(manifest, publicKeys(manifest), at),
  });
}
