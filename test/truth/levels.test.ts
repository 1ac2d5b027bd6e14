/** Row by row: loudness, true peak, and four people from -12 to -44 LUFS who are heard alike. Last, the file that is published. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import bundled from '@ffmpeg-installer/ffmpeg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fixtureEvent } from '../../fixtures/room.ts';
import { runAftershow } from '../support/aftershow.ts';
import { integratedLoudness, loudnessWithin, truePeak } from '../support/loudness-meter.ts';
import { instant } from '../support/render-room.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';
import { type Heard, listen, type Microphone, render, trackOf, writeTracks } from './room-builder.ts';
import { type Person, spoken } from './voices.ts';
import { levelDbfs } from './word-meter.ts';

const SECONDS = 56;
const PEOPLE: readonly { id: string; person: Person; lufs: number; sentences: readonly number[] }[] = [
  { id: 'loud', person: 'carlo', lufs: -12, sentences: [0, 1] },
  { id: 'usual', person: 'ana', lufs: -24, sentences: [0, 1] },
  { id: 'soft', person: 'june', lufs: -36, sentences: [0, 1] },
  { id: 'far', person: 'ana', lufs: -44, sentences: [2, 3] },
];
const TURN_SECONDS = 6.6;
const turnsOf = (index: number) => [0, 1].map((round) => 1 + TURN_SECONDS * (PEOPLE.length * round + index));

/** Everyone by turns, twice, each microphone open all the time with noise 26 dB below its owner's speech. */
function room(noiseBelowDb: (id: string) => number): { seconds: number; microphones: Microphone[] } {
  const microphones = PEOPLE.map(({ id, person, lufs, sentences }, index) => ({
    participantId: id,
    file: `rooms/rm-truth-1/${id}.ogg`,
    to: SECONDS,
    noise: { dbfs: lufs - noiseBelowDb(id), seed: 100 + index },
    said: spoken(person, lufs, sentences).map((sound, turn) => ({ at: turnsOf(index)[turn] ?? 0, sound })),
  }));
  return { seconds: SECONDS, microphones };
}

const loudnessOf = ({ both }: Pick<Heard, 'both'>, id: string) => {
  const turns = turnsOf(PEOPLE.findIndex((one) => one.id === id));
  return loudnessWithin(
    both,
    turns.map((at) => [at, at + 6] as const),
  );
};

/** What the table promises of every finished episode with two equal channels. */
function expectPublishable({ both, left, right }: Pick<Heard, 'both' | 'left' | 'right'>): void {
  expect(Math.abs(integratedLoudness(both) + 16)).toBeLessThanOrEqual(0.3);
  expect(truePeak([left])).toBeLessThanOrEqual(-1);
  expect(Buffer.from(left.buffer).equals(Buffer.from(right.buffer))).toBe(true);
}

function expectAlike(heard: Pick<Heard, 'both'>, ids: readonly string[]): void {
  const levels = ids.map((id) => loudnessOf(heard, id));
  expect(Math.max(...levels) - Math.min(...levels), levels.join(', ')).toBeLessThanOrEqual(1.5);
}

const everyone = PEOPLE.map(({ id }) => id);
const quietRoom = room(() => 26);

let newest: Heard | undefined;

describe('people at -12, -24, -36 and -44 LUFS', () => {
  let heard: Heard;
  beforeAll(async () => {
    heard = await render(quietRoom);
    newest = heard;
  }, 120_000);

  test('the episode is at -16 LUFS ± 0.3, peaks at -1 dBTP or less, its channels are equal', () =>
    expectPublishable(heard));

  test('each is heard within 1.5 LU of every other', () => expectAlike(heard, everyone));

  test('no microphone is called noisy', () => {
    expect(JSON.stringify(heard.report)).not.toContain('noisy-microphone');
  });
});

/** The loudest and the softest, with the ffmpeg that comes with the package: its encoder and its filters are years older. */
test('the bundled ffmpeg keeps the same promises', async () => {
  const ids = ['loud', 'far'];
  const seconds = 15;
  const microphones = quietRoom.microphones
    .filter(({ participantId }) => ids.includes(participantId))
    .map(({ said, ...rest }, index) => ({
      ...rest,
      to: seconds,
      said: said.slice(0, 1).map(({ sound }) => ({ at: 1 + TURN_SECONDS * index, sound })),
    }));
  const heard = await render({ seconds, microphones }, bundled.path);
  expectPublishable(heard);
  const levels = ids.map((_, index) =>
    loudnessWithin(heard.both, [[1 + TURN_SECONDS * index, 7 + TURN_SECONDS * index]]),
  );
  expect(Math.abs((levels[0] ?? 0) - (levels[1] ?? 0))).toBeLessThanOrEqual(1.5);
}, 60_000);

describe('one of them with noise only 12 dB below the speech', () => {
  let heard: Heard;
  beforeAll(async () => {
    heard = await render(room((id) => (id === 'soft' ? 12 : 26)));
  }, 120_000);

  test('the others are heard alike, the episode is as loud as any', () => {
    expectPublishable(heard);
    expectAlike(
      heard,
      everyone.filter((id) => id !== 'soft'),
    );
  });

  test('the boost stops: the noise between words is 20 dB below the speech of the others', () => {
    const speech = loudnessOf(heard, 'usual');
    // June breathes between two words; whatever her microphone lets through then is noise.
    const [from = 0] = turnsOf(2);
    const levels = Array.from({ length: 110 }, (_, n) =>
      levelDbfs(heard.left, from + n * 0.05, from + n * 0.05 + 0.05),
    );
    const softest = levels.toSorted((a, b) => a - b)[5] ?? 0;
    expect(softest).toBeLessThanOrEqual(speech - 3.01 - 20 + 1);
    const own = loudnessOf(heard, 'soft');
    expect(own).toBeLessThan(speech - 2);
    expect(own).toBeGreaterThan(speech - 14);
  });

  test('the report calls this microphone noisy, and no other', () => {
    const notices = JSON.stringify(heard.report).match(/\{[^{}]*noisy-microphone[^{}]*\}/g) ?? [];
    expect(notices).toHaveLength(1);
    expect(JSON.stringify(heard.report)).toContain('noisy-microphone');
    expect(JSON.stringify(heard.report.warnings)).toContain('soft');
  });
});

describe('the published file', () => {
  const folder = makeTempFolder('truth-publish');
  afterAll(() => removeFolder(folder));

  test('keeps the same promises, and sounds as the master does', async () => {
    const { seconds, microphones } = quietRoom;
    writeTracks(microphones, (key) => join(folder, key));
    const event = fixtureEvent() as { data: Record<string, Record<string, unknown> | unknown[]> };
    const { artworkKey: _, ...fixtureRoom } = event.data['room'] as Record<string, unknown>;
    event.data['room'] = { ...fixtureRoom, id: 'rm-truth-1', startedAt: instant(0), endedAt: instant(seconds) };
    event.data['participants'] = everyone.map((id) => ({ id, name: id, role: 'speaker', consent: true }));
    event.data['tracks'] = microphones.map(trackOf);
    event.data['markers'] = [];
    writeFileSync(join(folder, 'event.json'), JSON.stringify(event));

    const args = ['publish', 'event.json', '--tracks', '.', '--json'];
    const { status, stdout, stderr } = await runAftershow(args, { AFTERSHOW_DATA_DIR: join(folder, 'data') }, folder);
    expect(stderr).not.toMatch(/error/i);
    expect(status).toBe(0);
    const { audioKey } = JSON.parse(stdout) as { audioKey: string };
    const heard = listen(join(folder, 'data/objects', audioKey));
    expect(Math.abs(integratedLoudness(heard.both) + 16)).toBeLessThanOrEqual(0.3);
    expectAlike(heard, everyone);

    // The same samples as the master's, so its peaks and its equal channels too.
    const master = newest ?? (await render(quietRoom));
    expect(Buffer.from(heard.right.buffer).equals(Buffer.from(master.right.buffer))).toBe(true);
    expect(Buffer.from(heard.left.buffer).equals(Buffer.from(master.left.buffer))).toBe(true);
  }, 180_000);
});
