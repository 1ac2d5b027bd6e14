/** The first manifest of an episode, and what later events and edits of its audio add to it. Pure. */
import type { EpisodeTrack, Manifest } from './episode.ts';
import { changed } from './episode-life.ts';
import { episodeGuidFor, episodeIdFor, type Sha256 } from './ids.ts';
import { withoutSilent } from './left-out.ts';
import type { AcceptedRoom, PublishMode, Track } from './room.ts';

export interface NewEpisodeOptions {
  readonly roomHash: Sha256;
  readonly now: Date;
  /** How long after the room's end missing tracks are waited for. */
  readonly trackDeadlineSeconds: number;
  /** The show's, for rooms that do not say. */
  readonly defaultMode: PublishMode;
}

export function newManifest(accepted: AcceptedRoom, options: NewEpisodeOptions): Manifest {
  const { room } = accepted;
  const now = options.now.toISOString();
  const heard = withoutSilent(accepted, options.roomHash);
  const { artworkKey, language, explicit } = room;
  return {
    format: 1,
    version: 1,
    id: episodeIdFor(room.showId, room.id),
    showId: room.showId,
    roomId: room.id,
    roomHash: options.roomHash,
    guid: episodeGuidFor(room.showId, room.id),
    status: 'waiting-for-tracks',
    revision: 0,
    title: room.title,
    description: room.description ?? '',
    ...(language === undefined ? {} : { language }),
    ...(explicit === undefined ? {} : { explicit }),
    ...(artworkKey === undefined ? {} : { artworkKey }),
    startedAt: room.startedAt,
    endedAt: room.endedAt,
    createdAt: now,
    updatedAt: now,
    tracksDeadlineAt: new Date(Date.parse(room.endedAt) + options.trackDeadlineSeconds * 1000).toISOString(),
    participants: heard.participants,
    excludedParticipantIds: [],
    leftOut: heard.leftOut,
    tracks: heard.tracks.map(expected),
    markers: heard.markers,
    edit: heard.edit,
    publish: accepted.publish ?? options.defaultMode,
    renderRequest: 1,
    renderedRequest: 0,
    renderAttempts: 0,
    publishRequest: 1,
    publishedRequest: 0,
    renderKeys: [],
    superseded: [],
    warnings: [],
    history: [{ at: now, what: 'room ended', who: 'platform', to: 'waiting-for-tracks' }],
    outbox: [],
  };
}

const expected = (track: Track): EpisodeTrack => ({ ...track, state: 'expected' });

/** Idempotent by key. Tracks of people who are left out, or who were not in the room, stay out. */
export function tracksAdded(manifest: Manifest, tracks: readonly Track[], now: Date): Manifest {
  if (manifest.status === 'erased') return manifest;
  const known = new Set(manifest.tracks.map((track) => track.key));
  const people = new Set(manifest.participants.map((person) => person.id));
  const fresh = tracks.filter((track) => !known.has(track.key) && people.has(track.participantId));
  if (fresh.length === 0) return manifest;
  const next = audioWanted(manifest, 'platform', `${fresh.length} tracks added`, now);
  // Retention looks at what was added by itself.
  const retired = manifest.retired ? { retired: { ...manifest.retired, tracks: undefined } } : {};
  return { ...next, ...retired, tracks: [...manifest.tracks, ...fresh.map(expected)] };
}

/** Asks for a new revision of the audio. */
export function audioWanted(
  manifest: Manifest,
  who: 'platform' | 'creator' | 'sweep',
  what: string,
  now: Date,
  fields: Partial<Manifest> = {},
): Manifest {
  return changed(manifest, now, who, what, {
    ...fields,
    failure: undefined,
    renderAttempts: 0,
    renderRequest: manifest.renderRequest + 1,
    ...(manifest.status === 'failed' ? { status: 'waiting-for-tracks' as const } : {}),
  });
}
