/**
 * Who is let into the mix when: a microphone is open while its owner talks, with soft edges, and closed otherwise.
 * Everybody who talks is at full level, also when several do; nobody's gate moves with another's voice, but where one
 * microphone hears only what a nearer one hears better.
 */
import type { Bleed } from './bleed.ts';
import { whoIsHeard } from './microphone-owner.ts';
import type { PlacedStretch } from './placed-stretch.ts';
import { STEPS_PER_SECOND } from './sample-clock.ts';
import type { HeardInStretch } from './talk-passages.ts';

/** All in steps of 20 ms. A word's onset can be softer than what tells that it is one: be open well before. */
const LEAD_STEPS = 4;
const FADE_IN_STEPS = 2;
const HOLD_STEPS = 15;
const FADE_OUT_STEPS = 13;
/** In a shorter pause it would not have closed before it opens again: it stays open. */
const BRIDGED_STEPS = LEAD_STEPS + FADE_IN_STEPS + HOLD_STEPS + FADE_OUT_STEPS;
/** Before another begins who is heard from afar it closes as fast as can be without a click. */
const SHORTEST_FADE_OUT_STEPS = 2;
/** In a pause in which only another is heard for so long, it closes however short the pause. */
const CLOSED_FOR_OTHERS_STEPS = 5;

const millisecondsOf = (steps: number) => (1000 * steps) / STEPS_PER_SECOND;
/** As a passport names them. */
export const GATE_SETTINGS = {
  'gate.kind': 'ownership',
  'gate.leadMs': millisecondsOf(LEAD_STEPS),
  'gate.fadeInMs': millisecondsOf(FADE_IN_STEPS),
  'gate.holdMs': millisecondsOf(HOLD_STEPS),
  'gate.fadeOutMs': millisecondsOf(FADE_OUT_STEPS),
  'gate.shortestFadeOutMs': millisecondsOf(SHORTEST_FADE_OUT_STEPS),
};

export interface GatedTrack {
  readonly kind: 'speech' | 'music';
  readonly stretches: readonly PlacedStretch[];
}

/**
 * For each track and stretch: factors from 0 to 1, one at the beginning of each step and one at the end, straight lines
 * between. Music is always open.
 */
export function openMicrophones(
  tracks: readonly GatedTrack[],
  bleeds: readonly Bleed[],
): readonly (readonly Float32Array[])[] {
  const heard = whoIsHeard(tracks, bleeds);
  return tracks.map(({ kind, stretches }, track) => {
    if (kind === 'music') return stretches.map(({ energies }) => new Float32Array(energies.length + 1).fill(1));
    return (heard[track] ?? []).map((each, index) => gateOf(each, stretches[index]?.talk ?? each.owner));
  });
}

interface Run {
  readonly from: number;
  /** Not included. */
  to: number;
}

function runsOf({ owner, others }: HeardInStretch): Run[] {
  const runs: Run[] = [];
  let [run, longest] = [0, 0];
  for (const [step, flag] of owner.entries()) {
    if (flag === 0) {
      run = others[step] === 1 ? run + 1 : 0;
      longest = Math.max(longest, run);
      continue;
    }
    const last = runs.at(-1);
    const bridged = last !== undefined && step - last.to <= BRIDGED_STEPS && longest < CLOSED_FOR_OTHERS_STEPS;
    if (bridged) last.to = step + 1;
    else runs.push({ from: step, to: step + 1 });
    [run, longest] = [0, 0];
  }
  return runs;
}

function gateOf(heard: HeardInStretch, talk: Uint8Array): Float32Array {
  const steps = talk.length;
  const gate = new Float32Array(steps + 1);
  for (const { from, to } of runsOf(heard)) {
    const [before, after] = [stepsBefore(heard.others, from), stepsAfter(heard.others, to)];
    // Sound that begins with talk is let in whole; with less room than usual, the fade is shorter, not later.
    const openAt = from === 0 ? 0 : Math.max(1, from - Math.min(LEAD_STEPS, Math.max(0, before - FADE_IN_STEPS)));
    const fadeFrom = Math.max(0, openAt - FADE_IN_STEPS);
    for (let edge = fadeFrom; edge < openAt; edge += 1) raise(gate, edge, (edge - fadeFrom) / (openAt - fadeFrom));
    // Where another's voice goes on, holding would only let that in.
    const mostHold = talk[to] === 1 ? 0 : HOLD_STEPS;
    const longestFade = Math.max(SHORTEST_FADE_OUT_STEPS, Math.min(FADE_OUT_STEPS, after - mostHold));
    const fadeSteps = Math.min(longestFade, steps - to);
    const holdSteps = Math.max(0, Math.min(mostHold, after - fadeSteps, steps - to - fadeSteps));
    gate.fill(1, openAt, to + holdSteps + 1);
    for (let fade = 1; fade < fadeSteps; fade += 1) {
      raise(gate, to + holdSteps + fade, 0.5 + 0.5 * Math.cos((Math.PI * fade) / fadeSteps));
    }
  }
  return gate;
}

/** How many steps lie directly before `step` in which nobody else is heard alone; no more than matter. */
function stepsBefore(others: Uint8Array, step: number): number {
  let count = 0;
  while (count < LEAD_STEPS + FADE_IN_STEPS && count < step && others[step - count - 1] === 0) count += 1;
  return step - count === 0 ? LEAD_STEPS + FADE_IN_STEPS : count;
}

function stepsAfter(others: Uint8Array, step: number): number {
  let count = 0;
  while (count < HOLD_STEPS + FADE_OUT_STEPS && others[step + count] !== 1) count += 1;
  return count;
}

function raise(gate: Float32Array, edge: number, value: number): void {
  gate[edge] = Math.max(gate[edge] ?? 0, value);
}
