/** Levels, mixes and encodes tracks that were listened to, and stores what came of it under the render key, unless it is there. */
import { chaptersOnClock } from '../audio/marked-chapters.ts';
import { mixPlan, renderKeyOf } from '../audio/mix-plan.ts';
import type { RenderReport } from '../audio/report.ts';
import { SAMPLE_RATE_HZ } from '../audio/sample-clock.ts';
import type { SpeechTurns } from '../audio/speech-turns.ts';
import type { Manifest } from '../domain/episode.ts';
import { type Notice, PermanentFailure } from '../domain/failure.ts';
import type { Sha256 } from '../domain/ids.ts';
import { roomDurationSeconds } from '../domain/room.ts';
import type { LoudnessTarget, SoundSettings } from '../domain/show.ts';
import type { AudioEngine } from './audio-engine.ts';
import { fetchJingles } from './fetch-jingles.ts';
import { keepSound } from './hear-tracks.ts';
import type { UsableTrack } from './judge-track.ts';
import { makeAlternates } from './make-alternates.ts';
import { makeStems } from './make-stems.ts';
import { type MasteredAudio, masterMix } from './master-mix.ts';
import { levelMix } from './mix-level.ts';
import { type MixedTracks, mixTracks } from './mix-tracks.ts';
import { plannedSound } from './planned-sound.ts';
import type { Log, ObjectStore } from './ports.ts';
import type { RenderSteps } from './render-job.ts';
import { reportOf } from './render-report.ts';
import { bothAtOnce } from './side-by-side.ts';
import { storedReport, storeRender } from './stored-render.ts';

export interface MasterDependencies {
  readonly bucket: ObjectStore;
  readonly trackStore: ObjectStore;
  readonly audio: AudioEngine;
  readonly log: Log;
}

const AUDIBLE_FINDINGS: readonly string[] = ['noisy-microphone', 'clipped-microphone', 'damaged-samples', 'lost-sound'];

const MONO_BELOW_LU = 3;

export interface Mastering {
  readonly usable: readonly UsableTrack[];
  readonly warnings: readonly Notice[];
  readonly manifest: Manifest;
  readonly target: LoudnessTarget;
  readonly sound: SoundSettings;
  /** Told of the render key before anything is stored under it, so that whatever is left there is found again. */
  readonly announce?: ((renderKey: Sha256) => Promise<void>) | undefined;
}

/**
 * The report of the master, made now or found under its render key.
 * Throws PermanentFailure: no-usable-track, all-silent, mix-out-of-bounds, bad-request, ffmpeg-failed.
 */
export async function makeMaster(
  { usable, warnings, manifest, target: wanted, sound, announce }: Mastering,
  { bucket, trackStore, audio, log }: MasterDependencies,
  steps: RenderSteps,
): Promise<RenderReport> {
  // One channel is played on both sides: by a plain meter it is to be 3 LU lower to sound as loud.
  const target =
    sound.channels === 'mono' ? { ...wanted, integratedLufs: wanted.integratedLufs - MONO_BELOW_LU } : wanted;
  const jingles = await fetchJingles(sound, { bucket, trackStore, audio }, steps);
  const plan = mixPlan({
    roomDurationSamples: Math.round(roomDurationSeconds(manifest) * SAMPLE_RATE_HZ),
    tracks: usable.map((one) => plannedSound(one, manifest)),
    jingles: jingles.fetched.map(({ place, sha256 }) => ({ place, sha256 })),
    edit: manifest.edit,
    target,
    sound,
  });
  const allWarnings = [...warnings, ...jingles.warnings];
  const renderKey = renderKeyOf(plan, await audio.identity(), manifest.id, manifest.departures?.length);
  await announce?.(renderKey);
  const known = await storedReport(bucket, renderKey, steps.signal);
  if (known) {
    log.info({ renderKey }, 'this audio was made before; it is not made again');
    return { ...known, warnings: [...allWarnings, ...microphoneWarnings(known, manifest)] };
  }
  await keepSound(usable, audio, steps);
  const mixed = await mixTracks(plan, jingles.fetched, audio, steps);
  if (mixed.mix.sheet.cues.length === 0) throw nothingToHear(usable);
  // What is kept for later is made on cores that would wait.
  const [{ mastered, alternates }, stems] = await bothAtOnce(
    steps.signal,
    async (signal) => {
      const own = steps.under(signal);
      const levelled = await levelMix(mixed.mix, mixed.correlated, target, audio, own);
      const mastered = await masterMix(mixed.mix, levelled, target, audio, own);
      return { mastered, alternates: await makeAlternates(mixed.mix, mastered, sound.alternates, audio, own) };
    },
    (signal) => makeStems(mixed, audio, steps.under(signal)),
  );
  // Hours of sound: the store, which may lie on the same disk, takes no more than is freed here.
  for (const { file } of mixed.mix.lanes) await steps.folder.discard(file);
  const report = reportOf({
    ...{ renderKey, plan, mixed, mastered, warnings: allWarnings },
    ffmpegVersion: await audio.version(),
    chapters: chaptersOnClock(manifest.markers, manifest.startedAt, mixed.clock),
  });
  await storeRender(bucket, { renderKey, report, mastered, stems, alternates, turns: turnsOf(mixed, mastered) }, steps);
  return { ...report, warnings: [...report.warnings, ...microphoneWarnings(report, manifest)] };
}

/** What a listener may notice, and the creator should know; all else about microphones is in the passport. */
function microphoneWarnings({ speakers }: RenderReport, { participants }: Manifest): Notice[] {
  return speakers.flatMap(({ participantId, findings }) => {
    const who = participants.find(({ id }) => id === participantId)?.name ?? participantId;
    return findings
      .filter(({ code }) => AUDIBLE_FINDINGS.includes(code))
      .map(({ code, message }) => ({ code, message: `${who}: ${message}` }));
  });
}

function turnsOf({ turns, clock }: MixedTracks, { durationSeconds }: MasteredAudio): SpeechTurns {
  const pieces = clock.pieces.map(({ roomFrom, episodeFrom, length }) => ({
    roomSeconds: roomFrom / SAMPLE_RATE_HZ,
    episodeSeconds: episodeFrom / SAMPLE_RATE_HZ,
    durationSeconds: length / SAMPLE_RATE_HZ,
  }));
  return { format: 1, durationSeconds, turns: [...turns], pieces };
}

function nothingToHear(usable: readonly UsableTrack[]): PermanentFailure {
  if (usable.every(({ hearing }) => hearing.kept.length === 0)) {
    return new PermanentFailure(
      'all-silent',
      'Nothing can be heard in any of the recordings. Please check the microphones.',
    );
  }
  return new PermanentFailure('no-usable-track', 'All recordings lie before or after the room: check their startedAt.');
}
