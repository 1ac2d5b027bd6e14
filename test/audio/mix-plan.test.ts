/** The render key: what changes it, and what must not. */
import { expect, test } from 'vitest';
import { type MixPlan, mixPlan, type PlannedTrack, renderKeyOf } from '../../src/audio/mix-plan.ts';
import { EpisodeId, ParticipantId, sha256 } from '../../src/domain/ids.ts';

const episode = { startMs: 0, durationSamples: 48_000 };
const target = { integratedLufs: -16, truePeakDbtp: -1 };
const track = (id: string, startOffsetSamples: number): PlannedTrack => ({
  participantId: ParticipantId.parse(id),
  kind: 'speech',
  sha256: sha256(id),
  startOffsetSamples,
});
const tracks = [track('a', -5), track('a', 700), track('b', 90)];
const id = EpisodeId.parse(`ep-${'0'.repeat(32)}`);
const otherId = EpisodeId.parse(`ep-${'1'.repeat(32)}`);
const keyOf = (plan: MixPlan, identity = 'ffmpeg version 5.1', of = id) => renderKeyOf(plan, identity, of);

test('the order in which tracks are named changes neither key nor mix', () => {
  const plan = mixPlan(episode, tracks, target);
  const reversed = mixPlan(episode, tracks.toReversed(), target);
  expect(reversed).toEqual(plan);
  expect(keyOf(reversed)).toBe(keyOf(plan));
  expect(Object.isFrozen(plan)).toBe(true);
});

test('whatever can be heard changes the key', () => {
  const plan = mixPlan(episode, tracks, target);
  const others = [
    keyOf(plan, 'ffmpeg version 6.0'),
    keyOf({ ...plan, recipe: plan.recipe + 1 }),
    keyOf(mixPlan({ ...episode, durationSamples: 48_001 }, tracks, target)),
    keyOf(mixPlan(episode, tracks, { ...target, integratedLufs: -14 })),
    keyOf(mixPlan(episode, tracks.slice(1), target)),
    keyOf(mixPlan(episode, [...tracks.slice(1), track('a', -4)], target)),
    keyOf(mixPlan(episode, [...tracks.slice(1), { ...track('a', -5), kind: 'music' }], target)),
    keyOf(mixPlan(episode, [...tracks.slice(1), { ...track('a', -5), sha256: sha256('other') }], target)),
  ];
  expect(new Set([...others, keyOf(plan)]).size).toBe(others.length + 1);
});

test('no two episodes share a master: one may be erased while the other stays', () => {
  const plan = mixPlan(episode, tracks, target);
  expect(keyOf(plan, 'ffmpeg', otherId)).not.toBe(keyOf(plan, 'ffmpeg', id));
});

test('what a plan carries along for the mix is not part of the key', () => {
  const carrying = tracks.map((one) => ({ ...one, file: `/tmp/${Math.random()}` }));
  expect(keyOf(mixPlan(episode, carrying, target))).toBe(keyOf(mixPlan(episode, tracks, target)));
});
