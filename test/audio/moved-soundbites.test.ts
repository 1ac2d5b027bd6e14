/** Where a clip is heard after the audio was edited. */
import { describe, expect, it } from 'vitest';
import { movedSoundbite } from '../../src/audio/moved-soundbites.ts';

const piece = (roomSeconds: number, durationSeconds: number, episodeSeconds: number) => ({
  roomSeconds,
  durationSeconds,
  episodeSeconds,
});
const clip = { startSeconds: 100, durationSeconds: 30, title: 'The joke' };
const uncut = [piece(0, 3600, 0)];

describe('a soundbite', () => {
  it('stays where nothing changed', () => {
    expect(movedSoundbite(clip, uncut, uncut)).toEqual(clip);
  });

  it('moves with what is cut before it, or put before it', () => {
    expect(movedSoundbite(clip, uncut, [piece(40, 3500, 0)])).toEqual({ ...clip, startSeconds: 60 });
    expect(movedSoundbite(clip, uncut, [piece(40, 3500, 8)])).toEqual({ ...clip, startSeconds: 68 });
  });

  it('moves back when the edit is taken back', () => {
    expect(movedSoundbite({ ...clip, startSeconds: 60 }, [piece(40, 3500, 0)], uncut)).toEqual(clip);
  });

  it('becomes shorter by a silence that was shortened within it, and longer when that is there again', () => {
    const shortened = [piece(0, 110, 0), piece(114, 3486, 110)];
    expect(movedSoundbite(clip, uncut, shortened)).toEqual({ ...clip, durationSeconds: 26 });
    expect(movedSoundbite({ ...clip, durationSeconds: 26 }, shortened, uncut)).toEqual(clip);
  });

  it('goes where its beginning or its end is cut, or all of it', () => {
    for (const after of [[piece(110, 3000, 0)], [piece(0, 120, 0)], [piece(500, 3000, 0)], [piece(0, 90, 0)], []]) {
      expect(movedSoundbite(clip, uncut, after)).toBeUndefined();
    }
  });

  it('stays where a cut takes less than half a word of it', () => {
    expect(movedSoundbite(clip, uncut, [piece(100.3, 3000, 0)])).toEqual({
      ...clip,
      startSeconds: 0,
      durationSeconds: 29.7,
    });
  });

  it('goes where it is too short or too long now', () => {
    expect(movedSoundbite(clip, uncut, [piece(0, 105, 0), piece(122, 3000, 105)])).toBeUndefined();
    const long = { startSeconds: 100, durationSeconds: 118 };
    expect(movedSoundbite(long, [piece(0, 150, 0), piece(160, 3000, 150)], uncut)).toBeUndefined();
  });

  it('of the intro has no other place', () => {
    expect(movedSoundbite({ startSeconds: 0, durationSeconds: 15 }, [piece(0, 3600, 20)], uncut)).toBeUndefined();
  });
});
