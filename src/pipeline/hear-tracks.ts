/** Fetches every track and listens to it, some at once; only what is kept of a recording stays on the disk. */
import type { EpisodeTrack, Manifest } from '../domain/episode.ts';
import type { Notice } from '../domain/failure.ts';
import { knownHearing, rememberHearing } from './analysis-cache.ts';
import { type AudioEngine, type HeardTrack, UndecodableAudio } from './audio-engine.ts';
import { type Fetched, fetchTrack, missing } from './fetch-tracks.ts';
import {
  incomplete,
  judge,
  longestUsefulSeconds,
  rejected,
  type UsableTrack,
  type Verdict,
  warningsOn,
} from './judge-track.ts';
import type { ObjectStore } from './ports.ts';
import type { RenderSteps } from './render-job.ts';
import { sideBySide } from './side-by-side.ts';

export interface HearingDependencies {
  readonly bucket: ObjectStore;
  readonly trackStore: ObjectStore;
  readonly audio: AudioEngine;
}

export interface HeardTracks {
  /** In the order given, each with its new state and, where it is not well, the reason. */
  readonly tracks: readonly EpisodeTrack[];
  readonly usable: readonly UsableTrack[];
  readonly warnings: readonly Notice[];
}

export async function hearTracks(
  tracks: readonly EpisodeTrack[],
  manifest: Manifest,
  options: { readonly reduceNoise: boolean },
  { bucket, trackStore, audio }: HearingDependencies,
  steps: RenderSteps,
): Promise<HeardTracks> {
  steps.report('fetch', 0);
  let done = 0;
  const verdicts = await sideBySide(tracks, audio.threads, steps.signal, async (track, signal, index) => {
    const verdict = await hear(track, index, steps.under(signal));
    done += 1;
    steps.report('analyse', done / tracks.length);
    return verdict;
  });
  return {
    tracks: verdicts.map((verdict) => verdict.track),
    usable: verdicts.flatMap((verdict) => verdict.usable ?? []),
    warnings: verdicts.flatMap((verdict) => warningsOn(verdict, manifest)),
  };

  async function hear(track: EpisodeTrack, index: number, own: RenderSteps): Promise<Verdict> {
    const got = await fetchTrack(track, `track-${index}`, trackStore, own);
    if (got.kind === 'missing') return { track: missing(track) };
    const fetched = { ...got, track: { ...got.track, heardSha256: got.sha256 } };
    const sniffed = await audio.sniff(own.folder.file(fetched.file));
    if (sniffed.kind === 'rejected') return unusable(fetched, sniffed.reason);
    const { format } = sniffed;
    const maxSeconds = longestUsefulSeconds(track, manifest);
    const what = { sha256: fetched.sha256, kind: track.kind, maxSeconds, reduceNoise: options.reduceNoise };
    const identity = await audio.identity();
    const known = await knownHearing(bucket, what, identity, own.signal);
    const lane = `lane-${index}`;
    if (known) {
      const unheard = { file: fetched.file, maxSeconds, reducedNoiseLufs: known.reducedNoiseLufs };
      return judge({ ...fetched, ...known, format, lane, unheard }, fetched.mismatch);
    }
    const request = { file: fetched.file, format, kind: track.kind, maxSeconds, lane };
    const run = own.quietRun(maxSeconds);
    let heard: HeardTrack;
    let reducedNoiseLufs: number | undefined;
    try {
      heard = await audio.listen(request, run);
      if (options.reduceNoise) reducedNoiseLufs = reducible(track, heard);
      // How loud the noise is must be known before it can be taken down: this is heard twice.
      if (reducedNoiseLufs !== undefined) heard = await audio.listen({ ...request, reducedNoiseLufs }, run);
    } catch (error) {
      if (!(error instanceof UndecodableAudio)) throw error;
      const isWhole = await audio.hasEndMark(own.folder.file(fetched.file), format, 0);
      return unusable(fetched, `The ${format.label} recording cannot be decoded: ${error.message}.`, isWhole);
    }
    const hasEndMark = await audio.hasEndMark(own.folder.file(fetched.file), format, heard.hearing.decodedSamples);
    await own.folder.discard(fetched.file);
    await rememberHearing(bucket, what, identity, { ...heard, hasEndMark, reducedNoiseLufs });
    return judge({ ...fetched, ...heard, hasEndMark, format, lane }, fetched.mismatch);
  }
}

/** Softer noise than this nobody hears. */
const HEARD_NOISE_LUFS = -70;

function reducible({ kind }: EpisodeTrack, { hearing: { noiseLufs } }: HeardTrack): number | undefined {
  return kind === 'speech' && noiseLufs !== null && noiseLufs > HEARD_NOISE_LUFS ? noiseLufs : undefined;
}

/** What has other bytes than promised may come whole the next time; what is whole and no recording never will. */
function unusable({ track, mismatch }: Fetched, reason: string, isWhole = true): Verdict {
  if (mismatch !== undefined) return incomplete(track, mismatch);
  // Bytes that are those announced will not become others. A length in seconds says nothing of what there is.
  const isAsPromised = track.bytes !== undefined || track.sha256 !== undefined;
  const mayGrow = !isWhole && !isAsPromised && track.durationSeconds !== undefined;
  return mayGrow ? incomplete(track, `${reason} It may not be all of it.`) : rejected(track, reason);
}

/** Decodes those of which all was known, now that their sound is needed. */
export async function keepSound(usable: readonly UsableTrack[], audio: AudioEngine, steps: RenderSteps): Promise<void> {
  const unheard = usable.flatMap((one) => (one.unheard ? [{ ...one, ...one.unheard }] : []));
  await sideBySide(unheard, audio.threads, steps.signal, async (one, signal) => {
    const { file, maxSeconds, reducedNoiseLufs, format, lane, hearing: known } = one;
    const run = steps.under(signal).quietRun(maxSeconds);
    await audio.listen({ file, format, kind: one.track.kind, maxSeconds, reducedNoiseLufs, lane, known }, run);
    await steps.folder.discard(file);
  });
}
