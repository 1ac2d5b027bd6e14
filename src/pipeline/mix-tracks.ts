/** Lays tracks on the room's clock, finds microphones that hear each other, and decides the whole mix. */
import { type Bleed, bleedsOf, pairsToCompare } from '../audio/bleed.ts';
import { type Composition, composeMix } from '../audio/compose-mix.ts';
import { type Jingles, jingleCues, jingleTimes } from '../audio/jingles.ts';
import { laneMoments } from '../audio/lane-moments.ts';
import type { MixPlan } from '../audio/mix-plan.ts';
import { placeTrack } from '../audio/place-track.ts';
import type { PlacedStretch } from '../audio/placed-stretch.ts';
import { SAMPLE_RATE_HZ, type SampleRange } from '../audio/sample-clock.ts';
import type { AudioEngine, Lane, Mix } from './audio-engine.ts';
import type { FetchedJingle } from './fetch-jingles.ts';
import type { PlannedSound } from './planned-sound.ts';
import type { RenderSteps } from './render-job.ts';
import { sideBySide } from './side-by-side.ts';

/** At most twenty moments of half a second. */
const COMPARED_SECONDS = 10;

export interface MixedTracks {
  readonly mix: Mix;
  readonly tracks: readonly {
    readonly planned: PlannedSound;
    readonly lane: number;
    readonly stretches: readonly PlacedStretch[];
  }[];
  readonly bleeds: readonly Bleed[];
  readonly levels: Composition['levels'];
  readonly clock: Composition['clock'];
  readonly turns: Composition['turns'];
  readonly correlated: readonly SampleRange[];
  readonly roomDurationSamples: number;
}

export async function mixTracks(
  plan: MixPlan<PlannedSound>,
  jingles: readonly FetchedJingle[],
  audio: AudioEngine,
  steps: RenderSteps,
): Promise<MixedTracks> {
  const tracks = plan.tracks.map((planned, lane) => {
    const { hearing, timestamps } = planned.usable;
    return {
      planned,
      lane,
      stretches: placeTrack(hearing, timestamps.segments, planned.startOffsetSamples, planned.rate),
      ...{ kind: planned.kind, participantId: planned.participantId, isHost: planned.isHost },
      noiseLufs: hearing.noiseLufs,
    };
  });
  const lanes: Lane[] = [
    ...plan.tracks.map(({ usable }) => ({ file: usable.lane, kept: usable.hearing.kept })),
    ...jingles.map(({ lane, hearing }) => ({ file: lane, kept: hearing.kept })),
  ];
  const bleeds = await findBleeds(tracks, lanes, audio, steps);
  const placed = jinglesOf(jingles, tracks.length);
  const { sheet, clock, turns, levels, correlated } = composeMix({
    tracks,
    bleeds,
    roomDurationSamples: plan.roomDurationSamples,
    edit: plan.edit,
    trimDeadAir: plan.sound.trimDeadAir,
    shortenSilences: plan.sound.shortenSilences,
    isStage: plan.sound.channels === 'stage',
    ...jingleTimes(placed),
  });
  const talk = turns
    .map(({ startSeconds, endSeconds }) => ({
      fromSample: Math.round(startSeconds * SAMPLE_RATE_HZ),
      toSample: Math.round(endSeconds * SAMPLE_RATE_HZ),
    }))
    .toSorted((a, b) => a.fromSample - b.fromSample);
  const cues = [...sheet.cues, ...jingleCues(placed, sheet.durationSamples, talk)].sort((a, b) => a.start - b.start);
  return {
    mix: {
      sheet: { ...sheet, cues },
      lanes,
      outputChannels: plan.sound.channels === 'mono' ? 1 : 2,
      bitrateKbps: plan.sound.bitrateKbps,
    },
    ...{ tracks, bleeds, levels, clock, turns, correlated },
    roomDurationSamples: plan.roomDurationSamples,
  };
}

function jinglesOf(jingles: readonly FetchedJingle[], firstLane: number): Jingles {
  const at = (place: FetchedJingle['place']) => {
    const index = jingles.findIndex((one) => one.place === place);
    const found = jingles[index];
    return found && { lane: firstLane + index, hearing: found.hearing };
  };
  return { intro: at('intro'), outro: at('outro'), bed: at('bed') };
}

async function findBleeds(
  tracks: Parameters<typeof pairsToCompare>[0] &
    readonly { readonly lane: number; readonly stretches: readonly PlacedStretch[] }[],
  lanes: readonly Lane[],
  audio: AudioEngine,
  steps: RenderSteps,
): Promise<Bleed[]> {
  const compared = await sideBySide(pairsToCompare(tracks), audio.threads, steps.signal, async (pair, signal) => ({
    ...pair,
    moments: await audio.compare(lanes, laneMoments(pair, tracks), steps.under(signal).quietRun(COMPARED_SECONDS)),
  }));
  return bleedsOf(compared);
}
