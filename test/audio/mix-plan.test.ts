/** The render key: what changes it, and what must not. */
import { expect, test } from 'vitest';
import { type MixPlan, mixPlan, type PlannedTrack, renderKeyOf } from '../../src/audio/mix-plan.ts';
import { EpisodeId, ParticipantId, sha256 } from '../../src/domain/ids.ts';
import { SoundSettings } from '../../src/domain/show.ts';

const target = { integratedLufs: -16, truePeakDbtp: -1 };
const track = (id: string, startOffsetSamples: number): PlannedTrack => ({
  participantId: ParticipantId.parse(id),
  kind: 'speech',
  isHost: false,
  sha256: sha256(id),
  startOffsetSamples,
  rate: 1,
});
const planning = {
  roomDurationSamples: 48_000,
  jingles: [],
  edit: {},
  target,
  sound: SoundSettings.parse({}),
};
const tracks = [track('a', -5), track('a', 700), track('b', 90)];
const id = EpisodeId.parse(`ep-${'0'.repeat(32)}`);
const otherId = EpisodeId.parse(`ep-${'1'.repeat(32)}`);
const keyOf = (plan: MixPlan, identity = 'ffmpeg version 5.1', of = id) => renderKeyOf(plan, identity, of);

test('the order in which tracks are named changes neither key nor mix', () => {
  const plan = mixPlan({ ...planning, tracks });
  const reversed = mixPlan({ ...planning, tracks: tracks.toReversed() });
  expect(reversed).toEqual(plan);
  expect(keyOf(reversed)).toBe(keyOf(plan));
  expect(Object.isFrozen(plan)).toBe(true);
});

test('whatever can be heard changes the key', () => {
  const plan = mixPlan({ ...planning, tracks });
  const others = [
    keyOf(plan, 'ffmpeg version 6.0'),
    keyOf({ ...plan, recipe: plan.recipe + 1 }),
    keyOf(mixPlan({ ...planning, tracks, roomDurationSamples: 48_001 })),
    keyOf(mixPlan({ ...planning, tracks, target: { ...target, integratedLufs: -14 } })),
    keyOf(mixPlan({ ...planning, tracks, edit: { trimStartSeconds: 0.5 } })),
    keyOf(mixPlan({ ...planning, tracks, edit: { shortenSilences: true } })),
    keyOf(mixPlan({ ...planning, tracks, sound: { ...planning.sound, channels: 'mono' } })),
    keyOf(mixPlan({ ...planning, tracks, jingles: [{ place: 'intro', sha256: sha256('intro') }] })),
    keyOf(mixPlan({ ...planning, tracks: tracks.slice(1) })),
    keyOf(mixPlan({ ...planning, tracks: [...tracks.slice(1), track('a', -4)] })),
    keyOf(mixPlan({ ...planning, tracks: [...tracks.slice(1), { ...track('a', -5), kind: 'music' }] })),
    keyOf(mixPlan({ ...planning, tracks: [...tracks.slice(1), { ...track('a', -5), sha256: sha256('other') }] })),
  ];
  expect(new Set([...others, keyOf(plan)]).size).toBe(others.length + 1);
});

test('no two episodes share a master: one may be erased while the other stays', () => {
  const plan = mixPlan({ ...planning, tracks });
  expect(keyOf(plan, 'ffmpeg', otherId)).not.toBe(keyOf(plan, 'ffmpeg', id));
});

test('what a plan carries along for the mix is not part of the key', () => {
  const carrying = tracks.map((one) => ({ ...one, file: `/tmp/${Math.random()}` }));
  expect(keyOf(mixPlan({ ...planning, tracks: carrying }))).toBe(keyOf(mixPlan({ ...planning, tracks })));
});
