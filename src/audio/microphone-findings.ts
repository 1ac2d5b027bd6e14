/** What a creator should know about a microphone, and what was done about it, in plain words. Pure. */
import type { Notice } from '../domain/failure.ts';
import type { ReportedLevel, ReportedTrack } from './report.ts';

export interface HeardMicrophone {
  readonly levels: readonly ReportedLevel[];
  readonly tracks: readonly ReportedTrack[];
  /** Another participant was heard in it as well. */
  readonly hearsOthers: boolean;
}

/** Fewer clipped samples than this an hour of talk are not heard. */
const AUDIBLE_CLIPS = 50;
const QUIET_LUFS = -38;
const LOUD_LUFS = -12;
const FAR_DISTANCE_LU = 26;
const DC_FACTOR = 0.01;
const GAPS_SECONDS = 0.5;

/** At most one of each kind, the gravest first; none for a microphone that is well. */
export function microphoneFindings({ levels, tracks, hearsOthers }: HeardMicrophone): Notice[] {
  const speech = tracks.filter(({ kind }) => kind === 'speech');
  const findings: Notice[] = [];
  const find = (code: string, message: string) => findings.push({ code, message });

  const bounded = levels.find(({ boundedByNoise }) => boundedByNoise);
  if (bounded) {
    find(
      'noisy-microphone',
      `the microphone is noisy. The voice was raised by ${db(bounded.gainDb)} instead of the ${db(bounded.wantedGainDb)} it wanted, as more would have raised the noise as well; it is softer than the others.`,
    );
  }
  const clipped = sum(tracks, ({ clippedSamples }) => clippedSamples);
  if (clipped > AUDIBLE_CLIPS) {
    find(
      'clipped-microphone',
      `the recording is overdriven in ${clipped} samples, which sounds harsh and cannot be undone. Turn the input down next time.`,
    );
  }
  const softest = least(levels, ({ inputLufs }) => inputLufs);
  if (softest !== null && softest < QUIET_LUFS) {
    find(
      'quiet-microphone',
      `the recording is very soft (${softest.toFixed(0)} LUFS); it was raised to the others' level.`,
    );
  } else if (softest !== null && softest > LOUD_LUFS) {
    find(
      'loud-microphone',
      `the recording is very loud (${softest.toFixed(0)} LUFS); it was lowered to the others' level.`,
    );
  }
  if (!bounded && speech.some(isFar)) {
    find(
      'far-microphone',
      'the voice stands out little from the sound of its room, as if the microphone were far away. Come nearer next time.',
    );
  }
  if (hearsOthers) {
    find(
      'shared-room',
      'the microphone also picked up somebody else in the same room. Only the nearer of the two was open at a time.',
    );
  }
  const damaged = sum(tracks, ({ nonFiniteSamples }) => nonFiniteSamples);
  if (damaged > 0)
    find('damaged-samples', `${damaged} samples of the recording are no numbers; they were taken as silence.`);
  if (speech.some(({ dcOffset }) => Math.abs(dcOffset) > DC_FACTOR)) {
    find('dc-offset', 'the recording is shifted from its centre line; that was filtered out.');
  }
  const lost = sum(tracks, ({ gapSeconds }) => gapSeconds);
  if (lost > GAPS_SECONDS) {
    find(
      'lost-sound',
      `${lost.toFixed(1)} s of the recording were lost on their way; they are silent, and everything else stays in its place.`,
    );
  }
  const drift = tracks.find(({ driftPpm }) => driftPpm !== undefined)?.driftPpm;
  if (drift !== undefined) {
    find(
      'clock-drift',
      `the recorder's clock ran ${drift > 0 ? 'fast' : 'slow'} by ${Math.abs(drift).toFixed(0)} millionths; that was corrected.`,
    );
  }
  return findings;
}

const db = (value: number) => `${value.toFixed(0)} dB`;

function isFar({ inputLufs, noiseLufs }: ReportedTrack): boolean {
  return inputLufs !== null && noiseLufs !== null && inputLufs - noiseLufs < FAR_DISTANCE_LU;
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}

function least<T>(items: readonly T[], of: (item: T) => number | null): number | null {
  const values = items.flatMap((item) => of(item) ?? []);
  return values.length === 0 ? null : Math.min(...values);
}
