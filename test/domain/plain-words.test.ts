/** What schemas refuse, as a person reads it behind the name of a field. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { EpisodePatch } from '../../src/domain/episode-edit.ts';
import { IN_PLAIN_WORDS } from '../../src/domain/plain-words.ts';
import { SoundSettings } from '../../src/domain/show.ts';

function saidOf(schema: z.ZodType, body: unknown): Record<string, string> {
  const { error } = schema.safeParse(body, IN_PLAIN_WORDS);
  return Object.fromEntries((error?.issues ?? []).map(({ path, message }) => [path.join('.'), message]));
}

describe('a refusal', () => {
  it('says what a value must be, in no words of a schema', () => {
    const body = {
      title: 5,
      chapters: [{ startSeconds: -1 }],
      season: 1.5,
      episode: 0,
      episodeType: 'rerun',
      explicit: 'yes',
      publish: { mode: 'later' },
      contentLinks: 'x',
      soundbites: [{ startSeconds: 0, durationSeconds: 500 }],
      edit: [],
    };
    expect(saidOf(EpisodePatch, body)).toEqual({
      title: 'must be a text',
      'chapters.0.startSeconds': 'must be at least 0',
      'chapters.0.title': 'is missing',
      season: 'must be a whole number',
      episode: 'must be more than 0',
      episodeType: 'must be full, trailer or bonus',
      explicit: 'must be true or false',
      'publish.mode': 'must be auto, draft or scheduled',
      contentLinks: 'must be a list',
      'soundbites.0.durationSeconds': 'must be at most 120',
      edit: 'must be an object',
    });
    expect(saidOf(EpisodePatch, [])).toEqual({ '': 'must be an object' });
  });

  it('names every value of a short list, and counts in the singular', () => {
    expect(saidOf(SoundSettings, { bitrateKbps: 100 })).toEqual({
      bitrateKbps: 'must be 64, 80, 96, 112, 128, 160 or 192',
    });
    const Lists = z.object({ list: z.array(z.string()).min(1), few: z.array(z.int()).max(2), word: z.string().min(1) });
    expect(saidOf(Lists, { list: [], few: [1, 2, 3], word: '' })).toEqual({
      list: 'must have at least 1 entry',
      few: 'must have at most 2 entries',
      word: 'must not be empty',
    });
  });
});
