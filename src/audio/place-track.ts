/** Lays what is kept of a track on the room's clock, gap by gap of the track's own clock. */
import type { PlacedStretch } from './placed-stretch.ts';
import { SAMPLE_RATE_HZ, STEP_SAMPLES, type StepRange } from './sample-clock.ts';
import type { ClockSegment } from './track-clock.ts';
import type { KeptStretch, TrackHearing } from './track-hearing.ts';

/** The steps of one clock segment. A step that a gap cuts is wholly where its greater part belongs. */
interface Span {
  readonly fromStep: number;
  /** Exclusive. */
  readonly toStep: number;
  roomSampleOf(step: number): number;
}

/**
 * Where each kept stretch sounds, in order, never one over another: sound that its clock puts where sound of the same
 * track is already (the clock went back) is cut. Beside a gap up to 10 ms of sound stay on its other side, so that
 * stretches begin with whole steps; all else lies where its timestamp puts it, to the sample.
 *
 * @param startOffsetSamples the track's first sample, after the room's start; negative when recorded before
 * @param rate decoded samples for each sample of the room: 1, or `rate` of driftRate
 */
export function placeTrack(
  hearing: TrackHearing,
  segments: readonly ClockSegment[],
  startOffsetSamples: number,
  rate: number,
): PlacedStretch[] {
  const spans = spansOf(segments, startOffsetSamples, rate);
  const placed: PlacedStretch[] = [];
  let heardUntil = Number.NEGATIVE_INFINITY;
  let firstSpan = 0;
  let firstTalk = 0;
  for (const kept of hearing.kept) {
    const keptEnd = kept.firstStep + kept.stepCount;
    while ((spans[firstSpan]?.toStep ?? Number.POSITIVE_INFINITY) <= kept.firstStep) firstSpan += 1;
    while (endOf(hearing.talk[firstTalk]) <= kept.firstStep) firstTalk += 1;
    const talk = talkWithin(kept, hearing.talk, firstTalk);
    for (let index = firstSpan; index < spans.length; index += 1) {
      const span = spans[index];
      if (span === undefined || span.fromStep >= keptEnd) break;
      const end = Math.min(span.toStep, keptEnd);
      let first = Math.max(span.fromStep, kept.firstStep);
      const overlap = heardUntil - span.roomSampleOf(first);
      if (overlap > 0) first += Math.ceil((overlap * rate) / STEP_SAMPLES);
      const fromSample = first * STEP_SAMPLES;
      const sampleCount = Math.min(end * STEP_SAMPLES, hearing.decodedSamples) - fromSample;
      if (sampleCount <= 0) continue;
      const roomSample = span.roomSampleOf(first);
      const [from, to] = [first - kept.firstStep, end - kept.firstStep];
      placed.push({
        roomSample,
        fromSample,
        sampleCount,
        rate,
        energies: kept.energies.subarray(from, to),
        peaks: kept.peaks.subarray(from, to),
        talk: talk.subarray(from, to),
      });
      heardUntil = roomSample + Math.ceil(sampleCount / rate);
    }
  }
  return placed;
}

/** Segments that are shorter than a step may have none. The track's clock is the recorder's: drift counts for it too. */
function spansOf(segments: readonly ClockSegment[], startOffsetSamples: number, rate: number): Span[] {
  const firstSteps = segments.map(({ fromSample }) => Math.round(fromSample / STEP_SAMPLES));
  return segments.map(({ fromSample, startSeconds }, index) => ({
    fromStep: index === 0 ? 0 : (firstSteps[index] ?? 0),
    toStep: firstSteps[index + 1] ?? Number.POSITIVE_INFINITY,
    roomSampleOf: (step) =>
      Math.round(startOffsetSamples + (startSeconds * SAMPLE_RATE_HZ + step * STEP_SAMPLES - fromSample) / rate),
  }));
}

function endOf(range: StepRange | undefined): number {
  return range === undefined ? Number.POSITIVE_INFINITY : range.firstStep + range.stepCount;
}

function talkWithin(kept: KeptStretch, talk: readonly StepRange[], firstTalk: number): Uint8Array {
  const steps = new Uint8Array(kept.stepCount);
  for (let index = firstTalk; index < talk.length; index += 1) {
    const range = talk[index];
    const from = (range?.firstStep ?? 0) - kept.firstStep;
    if (from >= kept.stepCount) break;
    steps.fill(1, Math.max(0, from), endOf(range) - kept.firstStep);
  }
  return steps;
}
