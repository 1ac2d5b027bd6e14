/** Gets the tracks that may be heard into the work folder, and checks that they are what was promised. */
import type { EpisodeTrack, Manifest } from '../domain/episode.ts';
import type { Sha256 } from '../domain/ids.ts';
import { isLeftOut } from '../domain/left-out.ts';
import type { ObjectStore } from './ports.ts';
import type { RenderSteps } from './render-job.ts';

export type FetchedTrack =
  | { readonly kind: 'missing'; readonly track: EpisodeTrack }
  | {
      readonly kind: 'fetched';
      readonly track: EpisodeTrack;
      /** Within the work folder. */
      readonly file: string;
      readonly sha256: Sha256;
      readonly lengthBytes: number;
      /** Why it is not what was promised, for a person to read; absent when it is. */
      readonly mismatch?: string;
    };

export type Fetched = Extract<FetchedTrack, { kind: 'fetched' }>;

/** Only people who are in the room's list, gave consent and were not left out: nobody else's tracks are even asked for. */
export function audibleTracks(manifest: Manifest): EpisodeTrack[] {
  const heard = new Set(
    manifest.participants.filter(({ id, consent }) => consent && !isLeftOut(manifest, id)).map(({ id }) => id),
  );
  return manifest.tracks.filter((track) => heard.has(track.participantId));
}

/** Which of them are not there, or not all of them, as far as can be told without fetching. */
export async function absentTracks(
  tracks: readonly EpisodeTrack[],
  store: ObjectStore,
  signal: AbortSignal,
): Promise<EpisodeTrack[]> {
  const absent: EpisodeTrack[] = [];
  for (const track of tracks) {
    const info = await store.head(track.key, signal);
    if (!info) absent.push(missing(track));
    else if (track.bytes !== undefined && info.lengthBytes < track.bytes) {
      absent.push({ ...track, state: 'incomplete', reason: lengthMismatch(info.lengthBytes, track.bytes) });
    }
  }
  return absent;
}

export function missing(track: EpisodeTrack): EpisodeTrack {
  return { ...track, state: 'expected', reason: 'The recording has not arrived yet.' };
}

/** Into the file of this name; what does not match what was promised is fetched once more. */
export async function fetchTrack(
  track: EpisodeTrack,
  file: string,
  store: ObjectStore,
  steps: RenderSteps,
): Promise<FetchedTrack> {
  const result = await fetchOnce(track, file, store, steps);
  if (result.kind === 'missing' || result.mismatch === undefined) return result;
  return fetchOnce(track, file, store, steps);
}

async function fetchOnce(
  track: EpisodeTrack,
  file: string,
  store: ObjectStore,
  { folder, signal }: RenderSteps,
): Promise<FetchedTrack> {
  const object = await store.get(track.key, { signal });
  if (!object) return { kind: 'missing', track };
  const { sha256, lengthBytes } = await folder.receive(file, object.body, signal);
  const mismatch = mismatchOf(track, sha256, lengthBytes);
  return { kind: 'fetched', track, file, sha256, lengthBytes, ...(mismatch === undefined ? {} : { mismatch }) };
}

function mismatchOf(track: EpisodeTrack, sha256: Sha256, lengthBytes: number): string | undefined {
  if (track.bytes !== undefined && track.bytes !== lengthBytes) return lengthMismatch(lengthBytes, track.bytes);
  if (track.sha256 !== undefined && track.sha256 !== sha256) {
    return 'The recording differs from the one that was announced: its SHA-256 is another.';
  }
  return undefined;
}

function lengthMismatch(lengthBytes: number, promisedBytes: number): string {
  return `The recording has ${lengthBytes} bytes; ${promisedBytes} were announced.`;
}
