/** Row by row: whatever a track was recorded as, the same words come out as loud and in the same place. */
import { beforeAll, describe, expect, test } from 'vitest';
import { loudnessWithin } from '../support/loudness-meter.ts';
import { addAt, chirp, FFMPEGS, silence } from '../support/sounds.ts';
import { whereIs } from './place-meter.ts';
import { type Heard, type Microphone, render } from './room-builder.ts';
import { spoken } from './voices.ts';

const SPACING = 3.3;
const CHIRP_AFTER = 1.2;
const WORD_SECONDS = 2.4;
const [sentence = silence(0)] = spoken('ana', -22, [1]);
const word = addAt(sentence.slice(0, WORD_SECONDS * 48_000), chirp(), CHIRP_AFTER);

/** Name, ending, rate, channels, and what else ffmpeg is told. The voice is on all channels unless it says otherwise. */
const RECORDINGS: readonly (readonly [string, string, number, number, (readonly string[])?])[] = [
  ['Ogg Opus', 'ogg', 48_000, 1],
  ['Ogg Opus', 'ogg', 48_000, 2],
  ['Ogg Opus', 'ogg', 16_000, 1],
  ['Ogg Opus', 'ogg', 8_000, 1, ['-b:a', '24k']],
  ['Ogg Opus', 'ogg', 48_000, 8, ['-b:a', '384k', '-mapping_family', '255']],
  ['WebM Opus', 'webm', 48_000, 1],
  ['WebM Opus', 'webm', 48_000, 2],
  ['WebM Opus', 'webm', 16_000, 1],
  ['WAV s16', 'wav', 8_000, 1],
  ['WAV s16', 'wav', 44_100, 2],
  ['WAV s16', 'wav', 48_000, 8],
  ['WAV s24', 'wav', 96_000, 1, ['-c:a', 'pcm_s24le']],
  ['WAV s24', 'wav', 48_000, 2, ['-c:a', 'pcm_s24le']],
  ['WAV f32', 'wav', 16_000, 1, ['-c:a', 'pcm_f32le']],
  ['WAV f32', 'wav', 44_100, 8, ['-c:a', 'pcm_f32le']],
  ['FLAC', 'flac', 44_100, 1],
  ['FLAC', 'flac', 96_000, 2],
  ['FLAC', 'flac', 48_000, 8],
  ['MP3', 'mp3', 8_000, 1, ['-b:a', '24k']],
  ['MP3', 'mp3', 16_000, 2, ['-b:a', '64k']],
  ['MP3', 'mp3', 44_100, 2],
  ['MP3', 'mp3', 48_000, 1],
  ['M4A AAC', 'm4a', 8_000, 1, ['-b:a', '32k']],
  ['M4A AAC', 'm4a', 16_000, 1, ['-b:a', '64k']],
  ['M4A AAC', 'm4a', 44_100, 2],
  ['M4A AAC', 'm4a', 96_000, 1, ['-b:a', '192k']],
  ['M4A AAC', 'm4a', 48_000, 8, ['-b:a', '512k']],
];

/** The one voice on each of so many channels, none of them lower than it was. */
const onAll = (channels: number) =>
  channels === 1
    ? []
    : [
        `pan=${{ 2: 'stereo', 8: '7.1' }[channels]}|${Array.from({ length: channels }, (_, n) => `c${n}=c0`).join('|')}`,
      ];

const table = RECORDINGS.map(([name, ending, hertz, channels, options = []], index) => {
  const filters = [...onAll(channels), `aresample=${hertz}`].join(',');
  return {
    what: `${name}, ${hertz} Hz, ${channels} channel${channels === 1 ? '' : 's'}`,
    ending,
    participantId: `p${String(index).padStart(2, '0')}`,
    encoding: ['-af', filters, ...options],
  };
});

function microphoneOf({ at, ending, participantId, encoding }: (typeof table)[number] & { at: number }): Microphone {
  return {
    participantId,
    file: `${participantId}.${ending}`,
    from: at - 0.7,
    to: at + WORD_SECONDS + 0.4,
    said: [{ at, sound: word }],
    encoding,
  };
}

/** Each decoder once more by the build that comes with the package, if that is not the one that hears them all. */
const EACH_DECODER = [
  'Ogg Opus, 16000',
  'WebM Opus, 48000 Hz, 1',
  'WAV s24, 96000',
  'FLAC, 44100',
  'MP3, 44100',
  'M4A AAC, 44100',
];
const runs = FFMPEGS.toReversed().map(({ name, path }, index) => {
  const chosen = table.filter(({ what }) => index === 0 || EACH_DECODER.some((begin) => what.startsWith(begin)));
  return { name, path, rows: chosen.map((row, place) => ({ ...row, at: 1 + SPACING * place })) };
});

test('(each decoder has a row)', () => {
  expect(runs.map(({ rows }) => rows.length)).toEqual([27, 6].slice(0, runs.length));
});

describe.each(runs)('with $name', ({ path, rows }) => {
  const SECONDS = Math.ceil(1 + SPACING * rows.length);
  let heard: Heard;
  let usual: number;
  const loudness = (at: number) => loudnessWithin(heard.both, [[at, at + WORD_SECONDS]]);

  beforeAll(async () => {
    heard = await render({ seconds: SECONDS, microphones: rows.map(microphoneOf) }, path);
    usual = loudness(rows[0]?.at ?? 0);
  }, 180_000);

  test.each(rows)('$what', ({ at }) => {
    const { seconds, likeness } = whereIs(chirp(), heard.left, at + CHIRP_AFTER);
    expect(likeness).toBeGreaterThan(0.6);
    expect(Math.abs(seconds - at - CHIRP_AFTER)).toBeLessThanOrEqual(0.02);
    expect(Math.abs(loudness(at) - usual)).toBeLessThanOrEqual(0.5);
  });
});
