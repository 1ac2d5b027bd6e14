/** A microphone's trouble reaches whoever reads the episode's warnings, by the speaker's name; a good one beside it does not. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { instant, manifestOf, openStudio, type Studio } from '../support/render-room.ts';
import { FFMPEGS, writeFloatWav, writeSound } from '../support/sounds.ts';
import { atLufs, louder, mixed, noise, voice } from '../support/voices.ts';

let studio: Studio;
beforeAll(() => {
  studio = openStudio(FFMPEGS.at(-1)?.path ?? '', { threads: 2 });
});
afterAll(() => studio?.close());

const SECONDS = 30;

it('says who was noisy and who was overdriven, once, and again when the audio is found made already', async () => {
  const well = atLufs(voice('p3-1').subarray(0, SECONDS * 48_000), -24);
  writeSound(studio.track('well.ogg'), mixed(well, noise(5, -75, 'pink', 1)));
  const soft = atLufs(voice('p1-1').subarray(0, SECONDS * 48_000), -40);
  writeSound(studio.track('noisy.ogg'), mixed(soft, noise(10, -58, 'pink', 2)));
  const loud = louder(voice('p3-2').subarray(0, SECONDS * 48_000), 18);
  writeFloatWav(
    studio.track('overdriven.wav'),
    loud.map((value) => Math.max(-1, Math.min(1, value))),
  );
  const people = { well: 'Ana', noisy: 'Ben', overdriven: 'Carlo' };
  const manifest = manifestOf({
    seconds: 3 * SECONDS,
    participants: Object.entries(people).map(([id, name]) => ({ id, name })),
    tracks: [
      { participantId: 'well', key: 'well.ogg', startedAt: instant(0) },
      { participantId: 'noisy', key: 'noisy.ogg', startedAt: instant(SECONDS) },
      { participantId: 'overdriven', key: 'overdriven.wav', startedAt: instant(2 * SECONDS) },
    ],
  });
  const result = await studio.render(manifest);
  if (result.kind !== 'rendered') throw new Error('not rendered');
  const aboutMicrophones = result.warnings.filter(({ code }) => code !== 'length-unverified');
  const byName = (name: string) =>
    aboutMicrophones.filter(({ message }) => message.startsWith(`${name}: `)).map(({ code }) => code);
  expect(byName('Ana')).toEqual([]);
  expect(byName('Ben')).toContain('noisy-microphone');
  expect(byName('Carlo')).toContain('clipped-microphone');
  const again = await studio.render(manifest);
  expect(again).toEqual(result);
}, 60_000);
