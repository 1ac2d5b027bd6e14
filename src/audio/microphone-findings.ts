/** What a creator should know about a microphone, and what was done about it, in plain words. Pure. */
import type { Notice } from '../domain/failure.ts';
import type { ReportedLevel, ReportedTrack } from './report.ts';

export interface HeardMicrophone {
  readonly levels: readonly ReportedLevel[];
  readonly tracks: readonly ReportedTrack[];
  /** Another participant was heard in it as well. */
  readonly hearsOthers: boolean;
}

/** A voice that is softer than the others by less is not heard to be. */
const HEARD_SOFTER_DB = 1;
/** Clipping is heard as harshness from here on, in samples, altogether and for each minute of talk. */
const AUDIBLE_CLIPS = 50;
const AUDIBLE_CLIPS_A_MINUTE = 2;
const QUIET_LUFS = -38;
const LOUD_LUFS = -12;
/** A voice near its microphone stands 30 LU and more above a room's own sound. */
const FAR_DISTANCE_LU = 26;
/** Of full scale; less is common and harmless. */
const DC_FACTOR = 0.01;
/** Single packets are lost all the time. */
const GAPS_SECONDS = 0.5;

/** At most one of each kind, the gravest first; none for a microphone that is well. Each goes on after "Ana: ". */
export function microphoneFindings({ levels, tracks, hearsOthers }: HeardMicrophone): Notice[] {
  const speech = tracks.filter(({ kind }) => kind === 'speech');
  const findings: Notice[] = [];
  const find = (code: string, message: string) => findings.push({ code, message });

  const bounded = levels
    .filter(({ boundedByNoise, wantedGainDb, gainDb }) => boundedByNoise && wantedGainDb - gainDb >= HEARD_SOFTER_DB)
    .toSorted((a, b) => b.wantedGainDb - b.gainDb - (a.wantedGainDb - a.gainDb))[0];
  if (bounded) {
    const softer = bounded.wantedGainDb - bounded.gainDb;
    find(
      'noisy-microphone',
      `the microphone is noisy. Its voice was ${raised(bounded.gainDb)}, and stays ${db(softer)} softer than the others: ` +
        'any louder, its noise would be heard as well. A quieter room or a nearer microphone helps next time.',
    );
  }
  const clipped = sum(tracks, ({ clippedSamples }) => clippedSamples);
  const talkMinutes = sum(tracks, ({ talkSeconds }) => talkSeconds) / 60;
  if (clipped >= Math.max(AUDIBLE_CLIPS, AUDIBLE_CLIPS_A_MINUTE * talkMinutes)) {
    find(
      'clipped-microphone',
      `the recording is overdriven: its loudest moments are cut off (${clipped} samples), which sounds harsh and cannot ` +
        'be repaired. Turn the microphone down next time.',
    );
  }
  const inputs = levels.flatMap(({ inputLufs }) => inputLufs ?? []);
  const [softest, loudest] = [Math.min(...inputs), Math.max(...inputs)];
  if (softest < QUIET_LUFS) {
    const done = bounded ? '' : " It was brought to the others' level.";
    find(
      'quiet-microphone',
      `the recording is very soft (${softest.toFixed(0)} LUFS).${done} Turn the microphone up next time.`,
    );
  }
  if (loudest > LOUD_LUFS) {
    find(
      'loud-microphone',
      `the recording is very loud (${loudest.toFixed(0)} LUFS). It was brought to the others' level. Turn the microphone down next time.`,
    );
  }
  if (!bounded && speech.some(isFar)) {
    find(
      'far-microphone',
      'the voice stands out little from the sound of its room, as if the microphone were far away. Nothing was done about it. Come nearer next time.',
    );
  }
  if (hearsOthers) {
    find(
      'shared-room',
      'the microphone also picked up another speaker, as in one room. Only the nearer microphone was open at a time.',
    );
  }
  const damaged = sum(tracks, ({ nonFiniteSamples }) => nonFiniteSamples);
  if (damaged > 0) find('damaged-samples', `the recording is damaged in ${damaged} samples. They were made silent.`);
  if (speech.some(({ dcOffset }) => Math.abs(dcOffset) > DC_FACTOR)) {
    find(
      'dc-offset',
      'the recording is shifted from its centre line, a fault of its sound card. That was filtered out.',
    );
  }
  const lost = sum(tracks, ({ gapSeconds }) => gapSeconds);
  if (lost > GAPS_SECONDS) {
    find(
      'lost-sound',
      `${lost.toFixed(1)} s of the recording were lost on their way. They are silent, and everything else is in its place.`,
    );
  }
  const drift = tracks.find(({ driftPpm }) => driftPpm !== undefined)?.driftPpm;
  if (drift !== undefined) {
    const perHour = Math.abs(drift) * 3600e-6;
    find(
      'clock-drift',
      `the recorder's clock ran ${drift > 0 ? 'fast' : 'slow'}, by ${perHour.toFixed(2)} s an hour. That was corrected.`,
    );
  }
  return findings;
}

const db = (value: number) => `${value.toFixed(0)} dB`;

function raised(gainDb: number): string {
  if (gainDb >= 0.5) return `raised by ${db(gainDb)} only`;
  return 'not raised';
}

function isFar({ inputLufs, noiseLufs }: ReportedTrack): boolean {
  return inputLufs !== null && noiseLufs !== null && inputLufs - noiseLufs < FAR_DISTANCE_LU;
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
