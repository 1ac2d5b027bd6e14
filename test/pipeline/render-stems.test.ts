/** Edits after the recordings are gone: made from the stems that the first render kept. */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Manifest } from '../../src/domain/episode.ts';
import { ParticipantId } from '../../src/domain/ids.ts';
import { integratedLoudness, loudnessWithin } from '../support/loudness-meter.ts';
import { instant, manifestOf, openStudio, type Rendered, rendered, type Studio } from '../support/render-room.ts';
import {
  addAt,
  babble,
  chirp,
  decode,
  FFMPEGS,
  locate,
  silence,
  tone,
  toneLevel,
  writeSound,
} from '../support/sounds.ts';

const SECONDS = 30;
/** Whose turn it is, in seconds of the room. */
const TURNS = { ana: [0, 10, 20], june: [5, 15, 25] } as const;
const [ana, june, eve] = ['ana', 'june', 'eve'].map((id) => ParticipantId.parse(id)) as [
  ParticipantId,
  ParticipantId,
  ParticipantId,
];

let studio: Studio;
let first: Rendered;
let second: Rendered;
let manifest: Manifest;

/** As it stands after a render, with somebody left out as PATCH does it. */
function leaving(of: Manifest, { master, tracks }: Rendered, who: readonly ParticipantId[]): Manifest {
  return {
    ...of,
    master,
    tracks: tracks.filter(({ participantId }) => !who.includes(participantId)),
    participants: of.participants.filter(({ id }) => !who.includes(id)),
    excludedParticipantIds: [...of.excludedParticipantIds, ...who],
  };
}

beforeAll(async () => {
  studio = openStudio(FFMPEGS.at(-1)?.path ?? '');
  const voices = { ana: silence(SECONDS), june: silence(SECONDS - 3) };
  for (const turn of TURNS.ana) addAt(voices.ana, babble(4, 0.5, 7 + turn), turn);
  for (const turn of TURNS.june) addAt(voices.june, babble(4, 0.05, 70 + turn), turn - 3);
  const softly = chirp().map((sample) => 0.1 * sample);
  addAt(voices.june, softly, 19.5 - 3);
  writeSound(studio.track('ana.ogg'), voices.ana);
  writeSound(studio.track('june.ogg'), voices.june);
  writeSound(studio.track('eve.ogg'), tone(SECONDS, 7000, 0.05));
  manifest = manifestOf({
    seconds: SECONDS,
    tracks: [
      { participantId: ana, key: 'ana.ogg', startedAt: instant(0) },
      { participantId: june, key: 'june.ogg', startedAt: instant(3) },
      { participantId: eve, key: 'eve.ogg', startedAt: instant(0) },
    ],
  });
  first = await rendered(studio, manifest);
  for (const key of ['ana.ogg', 'june.ogg', 'eve.ogg']) rmSync(studio.track(key));
  second = await rendered(studio, leaving(manifest, first, [eve]));
}, 120_000);
afterAll(() => studio.close());

const soundOf = ({ master }: Rendered) => decode(studio.masterPath(master.renderKey));

test('whoever is left out is gone, and the loudness is what it was', () => {
  const [before] = soundOf(first);
  const after = soundOf(second);
  expect(toneLevel(before, 7000, 2, 28)).toBeGreaterThan(-40);
  expect(toneLevel(after[0], 7000, 2, 28)).toBeLessThan(toneLevel(before, 7000, 2, 28) - 60);
  expect(Math.abs(integratedLoudness(after) + 16)).toBeLessThanOrEqual(0.3);
});

test('each of the others is as loud beside one another as before', async () => {
  const windows = (who: keyof typeof TURNS) => TURNS[who].map((turn) => [turn, turn + 4] as const);
  const sound = soundOf(second);
  expect(Math.abs(loudnessWithin(sound, windows('ana')) - loudnessWithin(sound, windows('june')))).toBeLessThan(1);
  const gainsOf = async ({ master }: Rendered) =>
    (await studio.report(master.renderKey)).speakers
      .filter(({ participantId }) => participantId !== eve)
      .map(({ levels }) => levels[0]?.gainDb ?? Number.NaN);
  const [before, after] = [await gainsOf(first), await gainsOf(second)];
  expect(after).toHaveLength(2);
  for (const [n, gain] of after.entries()) expect(Math.abs(gain - (before[n] ?? 0))).toBeLessThan(0.3);
});

test('everything is where it was', () => {
  expect(Math.abs(locate(chirp(), soundOf(second)[0], 19.5) - 19.5)).toBeLessThan(0.002);
});

test('the report says what was made of a stem, and no stem of who left is kept with it', async () => {
  const report = await studio.report(second.master.renderKey);
  expect(report.speakers.map(({ participantId }) => participantId)).toEqual([ana, june]);
  expect(report.speakers.flatMap(({ tracks }) => tracks.map(({ fromStem }) => fromStem))).toEqual([true, true]);
  const stems = (of: Rendered) => readdirSync(join(studio.masterPath(of.master.renderKey), '..', 'stems')).toSorted();
  expect(stems(first)).toEqual(['0.opus', '1.opus', '2.opus', 'index.json']);
  expect(stems(second)).toEqual(['0.opus', '1.opus', 'index.json']);
});

test('a further edit is made from the same stems: nothing is encoded twice', async () => {
  const third = await rendered(studio, {
    ...leaving(manifest, second, [eve]),
    edit: { trimStartSeconds: 1 },
  });
  expect(third.master.durationSeconds).toBe(SECONDS - 1);
  const stemOf = ({ master }: Rendered) =>
    readFileSync(join(studio.masterPath(master.renderKey), '..', 'stems', '0.opus'));
  expect(stemOf(third).equals(stemOf(second))).toBe(true);
}, 60_000);

test('without recording and stem it is refused, naming the voice that would be missing', async () => {
  const { renderKey } = second.master;
  rmSync(join(studio.masterPath(renderKey), '..', 'stems'), { recursive: true });
  const wanted = { ...leaving(manifest, second, [eve]), edit: { trimStartSeconds: 2 } };
  await expect(studio.render(wanted)).rejects.toMatchObject({
    code: 'tracks-gone',
    message: expect.stringMatching(/ana, june.*ana\.ogg, june\.ogg/),
  });
});
