/** A show's intro, outro and bed: fetched and listened to as music. One that cannot be used is left out, and said so. */
import type { TrackHearing } from '../audio/track-hearing.ts';
import type { Notice } from '../domain/failure.ts';
import type { Sha256 } from '../domain/ids.ts';
import type { SoundSettings } from '../domain/show.ts';
import { type AudioEngine, UndecodableAudio } from './audio-engine.ts';
import type { ObjectStore } from './ports.ts';
import type { RenderSteps } from './render-job.ts';

export interface FetchedJingle {
  readonly place: 'intro' | 'outro' | 'bed';
  readonly sha256: Sha256;
  readonly hearing: TrackHearing;
  /** Its sound, within the work folder. */
  readonly lane: string;
}

interface JingleDependencies {
  readonly bucket: ObjectStore;
  readonly trackStore: ObjectStore;
  readonly audio: AudioEngine;
}

/** A bed may be a whole song; no intro is. */
const LONGEST_SECONDS = 1800;

export async function fetchJingles(
  sound: SoundSettings,
  { bucket, trackStore, audio }: JingleDependencies,
  steps: RenderSteps,
): Promise<{ readonly fetched: FetchedJingle[]; readonly warnings: Notice[] }> {
  const fetched: FetchedJingle[] = [];
  const warnings: Notice[] = [];
  const wanted = { intro: sound.introKey, outro: sound.outroKey, bed: sound.bedKey };
  for (const place of ['intro', 'outro', 'bed'] as const) {
    const key = wanted[place];
    if (key === undefined) continue;
    const result = await fetchOne(place, key);
    if (typeof result === 'string') warnings.push({ code: `${place}-unusable`, message: `${key}: ${result}` });
    else fetched.push(result);
  }
  return { fetched, warnings };

  async function fetchOne(place: FetchedJingle['place'], key: string): Promise<FetchedJingle | string> {
    const options = { signal: steps.signal };
    const object = (await bucket.get(key, options)) ?? (await trackStore.get(key, options));
    if (!object) return `the show's ${place} is not there; the episode goes without it.`;
    const { sha256 } = await steps.folder.receive(place, object.body, steps.signal);
    const sniffed = await audio.sniff(steps.folder.file(place));
    if (sniffed.kind === 'rejected') return `${sniffed.reason} The episode goes without the show's ${place}.`;
    try {
      const lane = `${place}.lane`;
      const request = { file: place, format: sniffed.format, kind: 'music' as const, maxSeconds: LONGEST_SECONDS };
      const { hearing } = await audio.listen({ ...request, lane }, steps.quietRun(LONGEST_SECONDS));
      return { place, sha256, hearing, lane };
    } catch (error) {
      if (!(error instanceof UndecodableAudio)) throw error;
      return `it cannot be decoded (${error.message}). The episode goes without the show's ${place}.`;
    } finally {
      await steps.folder.discard(place);
    }
  }
}
