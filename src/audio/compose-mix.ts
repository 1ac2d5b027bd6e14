/** From tracks that were listened to and placed, to a mix that is all decided: levels, open microphones, edit, cue sheet. */
import type { ParticipantId } from '../domain/ids.ts';
import type { EditList } from '../domain/room.ts';
import type { Bleed } from './bleed.ts';
import { type CuedTrack, type CueSheet, cuesOf } from './cue-sheet.ts';
import { type EditedClock, editedClock } from './edited-clock.ts';
import { ownersOnly } from './microphone-owner.ts';
import { openMicrophones } from './open-microphones.ts';
import type { PlacedStretch } from './placed-stretch.ts';
import { type SampleRange, STEP_SAMPLES } from './sample-clock.ts';
import { levelSpeaker, type VoiceLevel } from './speaker-level.ts';
import { type SpeechTurn, speechTurns, type Talk } from './speech-turns.ts';
import { stagePlaces } from './stereo-stage.ts';

interface ComposedTrack {
  readonly participantId: ParticipantId;
  readonly isHost: boolean;
  readonly kind: 'speech' | 'music';
  /** The lane that its kept sound lies in. */
  readonly lane: number;
  /** On the room's clock. */
  readonly stretches: readonly PlacedStretch[];
  readonly noiseLufs: number | null;
}

export interface Composing {
  readonly tracks: readonly ComposedTrack[];
  /** Tracks by their places in `tracks`. */
  readonly bleeds: readonly Bleed[];
  readonly roomDurationSamples: number;
  readonly edit: EditList;
  readonly trimDeadAir: boolean;
  readonly shortenSilences: boolean;
  readonly isStage: boolean;
  readonly leadInSamples: number;
  readonly tailSamples: number;
}

export interface Composition {
  readonly sheet: CueSheet;
  readonly clock: EditedClock;
  readonly turns: readonly SpeechTurn[];
  /** Of each participant with speech: one level, or one for each of their tracks. */
  readonly levels: readonly { readonly participantId: ParticipantId; readonly levels: readonly VoiceLevel[] }[];
  /** Where microphones that hear each other are open at once, in episode samples. */
  readonly correlated: readonly SampleRange[];
}

export function composeMix(composing: Composing): Composition {
  const { tracks, bleeds } = composing;
  const gates = openMicrophones(tracks, bleeds);
  // Whoever is heard from afar is neither levelled nor said to talk there.
  const owned = ownersOnly(tracks, bleeds);
  const { gains, levels } = levelled(tracks, owned);
  const curves = tracks.map((_, track) =>
    (gates[track] ?? []).map((gate, stretch) => gate.map((value, n) => value * (gains[track]?.[stretch]?.[n] ?? 1))),
  );
  const open = tracks.map(({ stretches }, track) =>
    stretches.flatMap((stretch, index) => openRanges(stretch, gates[track]?.[index])),
  );
  const clock = editedClock({ ...composing, sound: united(open.flat()) });
  const places = placesOf(composing);
  const cued = tracks.map(({ lane, stretches, participantId }, track): CuedTrack => {
    const { left, right } = places.get(participantId) ?? { left: 1, right: 1 };
    return { lane, stretches, gains: curves[track] ?? [], left, right };
  });
  const talks = tracks.flatMap(({ kind, stretches, participantId }, track): Talk[] => {
    if (kind === 'music') return [];
    return [
      {
        participantId,
        ranges: (owned[track] ?? stretches).flatMap((stretch, n) => talkRanges(stretch, gates[track]?.[n])),
      },
    ];
  });
  const together = bleeds.flatMap(({ a, b }) => common(open[a] ?? [], open[b] ?? []));
  return {
    sheet: {
      durationSamples: clock.durationSamples,
      channels: composing.isStage ? 2 : 1,
      cues: cuesOf(cued, clock.pieces),
    },
    clock,
    turns: speechTurns(talks, clock),
    levels,
    correlated: united(together).flatMap((range) => clock.ranges(range)),
  };
}

/** Speech with its speaker's curve; music as it is. */
function levelled(tracks: readonly ComposedTrack[], owned: readonly (readonly PlacedStretch[])[]) {
  const gains: (readonly Float32Array[])[] = tracks.map(({ stretches }) =>
    stretches.map(({ energies }) => new Float32Array(energies.length + 1).fill(1)),
  );
  const levels = [...new Set(tracks.map(({ participantId }) => participantId))].flatMap((participantId) => {
    const own = tracks.flatMap((track, index) =>
      track.participantId === participantId && track.kind === 'speech' ? [{ track, index }] : [],
    );
    if (own.length === 0) return [];
    const level = levelSpeaker(
      own.map(({ track, index }) => ({ ...track, stretches: owned[index] ?? track.stretches })),
    );
    for (const [n, { index }] of own.entries()) gains[index] = level.gains[n] ?? [];
    return [{ participantId, levels: level.levels }];
  });
  return { gains, levels };
}

function placesOf({ tracks, isStage }: Composing) {
  const speakers = new Map<ParticipantId, boolean>();
  for (const { participantId, isHost, kind } of tracks) if (kind === 'speech') speakers.set(participantId, isHost);
  const places = isStage ? stagePlaces([...speakers.values()].map((isHost) => ({ isHost }))) : [];
  return new Map([...speakers.keys()].flatMap((id, n) => (places[n] ? [[id, places[n]] as const] : [])));
}

/** A gate that lets less through than this is closed. */
const OPEN_FACTOR = 0.01;

function openRanges(stretch: PlacedStretch, gate: Float32Array | undefined): SampleRange[] {
  return rangesWhere(stretch, (step) => Math.max(gate?.[step] ?? 0, gate?.[step + 1] ?? 0) > OPEN_FACTOR);
}

function talkRanges(stretch: PlacedStretch, gate: Float32Array | undefined): SampleRange[] {
  return rangesWhere(stretch, (step) => stretch.talk[step] === 1 && (gate?.[step] ?? 0) > OPEN_FACTOR);
}

function rangesWhere(stretch: PlacedStretch, isWanted: (step: number) => boolean): SampleRange[] {
  const ranges: SampleRange[] = [];
  const count = stretch.energies.length;
  const at = (step: number) =>
    stretch.roomSample + Math.round(Math.min(stretch.sampleCount, step * STEP_SAMPLES) / stretch.rate);
  for (let step = 0; step < count; step += 1) {
    if (!isWanted(step)) continue;
    const first = step;
    while (step < count && isWanted(step)) step += 1;
    ranges.push({ fromSample: at(first), toSample: at(step) });
  }
  return ranges;
}

/** The same time, ascending and disjoint. */
function united(ranges: readonly SampleRange[]): SampleRange[] {
  const result: { fromSample: number; toSample: number }[] = [];
  for (const { fromSample, toSample } of ranges.toSorted((a, b) => a.fromSample - b.fromSample)) {
    const last = result.at(-1);
    if (last && fromSample <= last.toSample) last.toSample = Math.max(last.toSample, toSample);
    else result.push({ fromSample, toSample });
  }
  return result;
}

/** What lies in both; both ascending and disjoint. */
function common(a: readonly SampleRange[], b: readonly SampleRange[]): SampleRange[] {
  const result: SampleRange[] = [];
  for (let [i, j] = [0, 0]; i < a.length && j < b.length; ) {
    const [one, other] = [a[i], b[j]];
    if (!one || !other) break;
    const fromSample = Math.max(one.fromSample, other.fromSample);
    const toSample = Math.min(one.toSample, other.toSample);
    if (fromSample < toSample) result.push({ fromSample, toSample });
    if (one.toSample < other.toSample) i += 1;
    else j += 1;
  }
  return result;
}
