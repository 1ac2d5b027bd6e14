/** What a render makes of tracks that are missing, cut off, no audio at all, or not to be heard; and what it leaves behind. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import bundled from '@ffmpeg-installer/ffmpeg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fixtureEvent, fixtureFolder } from '../../fixtures/room.ts';
import { openFolderStore } from '../../src/adapters/folder/folder-store.ts';
import { PermanentFailure } from '../../src/domain/failure.ts';
import { sha256 } from '../../src/domain/ids.ts';
import type { ObjectStore } from '../../src/pipeline/ports.ts';
import { RenderFailure } from '../../src/pipeline/render-failure.ts';
import { integratedLoudness, truePeak } from '../support/loudness-meter.ts';
import { eventually, handlesSignals, instant, manifestOf, openStudio, type Studio } from '../support/render-room.ts';
import {
  addAt,
  babble,
  chirp,
  decode,
  FFMPEGS,
  locate,
  silence,
  tone,
  writeFloatWav,
  writeSound,
} from '../support/sounds.ts';

/** A real store that also tells which keys it was asked for. */
function recording(store: ObjectStore): { readonly store: ObjectStore; readonly asked: string[] } {
  const asked: string[] = [];
  const watched: ObjectStore = {
    ...store,
    head: (key, signal) => {
      asked.push(key);
      return store.head(key, signal);
    },
    get: (key, options) => {
      asked.push(key);
      return store.get(key, options);
    },
  };
  return { store: watched, asked };
}

describe.each(FFMPEGS)('with $name', ({ path }) => {
  let studio: Studio;
  const good = { participantId: 'p1', key: 'good.ogg', startedAt: instant(0), durationSeconds: 6 };
  const whole = { participantId: 'p2', key: 'whole.ogg', startedAt: instant(0) };

  beforeAll(() => {
    studio = openStudio(path);
    writeSound(studio.track('good.ogg'), babble(6, 0.3, 1));
    writeSound(studio.track('whole.ogg'), babble(6, 0.2, 2));
    writeSound(studio.track('half.ogg'), babble(6, 0.2, 2), ['-page_duration', '20000']);
    truncateSync(studio.track('half.ogg'), Math.round(readFileSync(studio.track('half.ogg')).length / 2));
    writeFileSync(studio.track('empty.ogg'), '');
    writeFileSync(studio.track('text.ogg'), '#EXTM3U\nfile:///etc/passwd\n');
    writeFileSync(studio.track('noise.mp3'), Buffer.alloc(20_000, 0xa5));
  });
  afterAll(() => studio.close());

  const half = { participantId: 'p2', key: 'half.ogg', startedAt: instant(0), durationSeconds: 6 };
  const roomWith = (...tracks: Record<string, unknown>[]) => manifestOf({ seconds: 6, tracks });

  test('who gave no consent, or was left out, is never fetched', async () => {
    const { store, asked } = recording(openFolderStore(studio.track('')));
    const manifest = manifestOf({
      seconds: 6,
      participants: [{ id: 'p1' }, { id: 'p2', consent: false }, { id: 'p3' }],
      tracks: [good, whole, { participantId: 'p3', key: 'whole.ogg.copy', startedAt: instant(0) }],
      edit: { excludeParticipantIds: ['p3'] },
    });
    const stranger = { ...whole, participantId: 'p9', key: 'unlisted.ogg', state: 'expected' as const };
    const tracks = [...manifest.tracks, ...manifestOf({ seconds: 6, tracks: [stranger] }).tracks];
    const result = await studio.render({ ...manifest, tracks }, { trackStore: store });
    expect(result.kind).toBe('rendered');
    expect(new Set(asked)).toEqual(new Set(['good.ogg']));
    expect(result.tracks.map((track) => track.state)).toEqual(['present', 'expected', 'expected', 'expected']);
  });

  describe('a track that ends too early', () => {
    test('is waited for until the deadline', async () => {
      const result = await studio.render(roomWith(good, half), { deadlinePassed: false });
      expect(result.kind).toBe('waiting');
      expect(result.tracks).toMatchObject([
        { state: 'present' },
        { state: 'incomplete', reason: /6\.0 s were announced/ },
      ]);
    });

    test('is then mixed as far as it goes, and the episode marked', async () => {
      const result = await studio.render(roomWith(good, half), { incompleteTracks: 'publish-marked' });
      expect(result).toMatchObject({ kind: 'rendered', isComplete: false, master: { durationSeconds: 6 } });
      if (result.kind !== 'rendered') throw new Error('not rendered');
      expect(result.warnings.map((warning) => warning.code)).toEqual(['track-incomplete']);
    });

    test('fails the episode where the show wants whole recordings', async () => {
      await expect(studio.render(roomWith(good, half), { incompleteTracks: 'fail' })).rejects.toMatchObject({
        code: 'tracks-missing',
        message: expect.stringContaining('half.ogg'),
      });
      expect(studio.leftovers()).toEqual([]);
    });
  });

  test('bytes other than announced make a track incomplete: shorter, or another digest', async () => {
    const bytes = readFileSync(studio.track('whole.ogg'));
    const sure = { ...whole, bytes: bytes.length, sha256: sha256(bytes) };
    expect(await studio.render(roomWith(sure), { deadlinePassed: false })).toMatchObject({
      kind: 'rendered',
      isComplete: true,
      warnings: [],
    });
    for (const wrong of [{ bytes: bytes.length + 1 }, { sha256: 'a'.repeat(64) }]) {
      const result = await studio.render(roomWith(good, { ...sure, ...wrong }), { deadlinePassed: false });
      expect(result).toMatchObject({ kind: 'waiting', tracks: [{}, { state: 'incomplete' }] });
    }
  });

  test('a missing track is waited for, then left out; with no other there is no episode', async () => {
    const absent = { participantId: 'p2', key: 'absent.ogg', startedAt: instant(0) };
    const waiting = await studio.render(roomWith(good, absent), { deadlinePassed: false });
    expect(waiting).toMatchObject({ kind: 'waiting', tracks: [{}, { state: 'expected', reason: expect.any(String) }] });
    const marked = await studio.render(roomWith(good, absent));
    expect(marked).toMatchObject({ kind: 'rendered', isComplete: false, warnings: [{ code: 'track-missing' }] });
    await expect(studio.render(roomWith(absent))).rejects.toMatchObject({ code: 'no-usable-track' });
  });

  describe('a recording that is in the audio there is, and vanished since', () => {
    const lost = { participantId: 'p2', key: 'lost.ogg', startedAt: instant(0), durationSeconds: 6 };
    const never = { participantId: 'p3', key: 'never.ogg', startedAt: instant(0) };
    const rerendered = (edit: Record<string, unknown> = {}) =>
      manifestOf({
        seconds: 6,
        participants: [{ id: 'p1' }, { id: 'p2', name: 'Ada' }, { id: 'p3', name: 'Grace' }],
        tracks: [good, lost, never],
        edit,
      });
    let rendered: Awaited<ReturnType<typeof renderOnce>>;

    async function renderOnce() {
      writeSound(studio.track('lost.ogg'), babble(6, 0.2, 3));
      const result = await studio.render(rerendered());
      rmSync(studio.track('lost.ogg'));
      if (result.kind !== 'rendered') throw new Error('not rendered');
      // Its stem would do instead: see render-stems.test.ts.
      rmSync(join(studio.masterPath(result.master.renderKey), '..', 'stems'), { recursive: true });
      return { master: result.master, tracks: result.tracks };
    }
    beforeAll(async () => {
      rendered = await renderOnce();
    });

    test.each([true, false])('is not left out in silence (deadline passed: %s)', async (deadlinePassed) => {
      const failed = studio.render({ ...rerendered(), ...rendered }, { deadlinePassed });
      await expect(failed).rejects.toMatchObject({
        code: 'tracks-gone',
        message: expect.stringMatching(/Ada .*lost\.ogg.* stays as it is/),
      });
      await expect(failed).rejects.not.toMatchObject({ message: expect.stringMatching(/Grace|never\.ogg/) });
      expect(studio.leftovers()).toEqual([]);
    });

    test('may be missing once its speaker is left out', async () => {
      const without = { ...rerendered({ excludeParticipantIds: ['p2'] }), ...rendered };
      expect(await studio.render(without)).toMatchObject({ kind: 'rendered' });
    });

    test('may be missing where no audio was made yet', async () => {
      const first = { ...rerendered(), tracks: rendered.tracks };
      expect(await studio.render(first)).toMatchObject({ kind: 'rendered', isComplete: false });
    });
  });

  test('an empty file, text and rubbish are rejected with a reason, and the rest goes on', async () => {
    const bad = ['empty.ogg', 'text.ogg', 'noise.mp3'].map((key) => ({
      participantId: 'p2',
      key,
      startedAt: instant(0),
    }));
    const result = await studio.render(roomWith(good, ...bad), { deadlinePassed: false });
    expect(result).toMatchObject({ kind: 'rendered', isComplete: false });
    expect(result.tracks.map((track) => track.state)).toEqual(['present', 'rejected', 'rejected', 'rejected']);
    expect(result.tracks.map((track) => track.reason)).toMatchObject([undefined, /empty/, /text/, /known|decoded/]);
  });

  test('a recording joined of two, whose clock starts again, is rejected rather than heard in part', async () => {
    const part = readFileSync(studio.track('good.ogg'));
    writeFileSync(studio.track('chained.ogg'), Buffer.concat([part, part]));
    const result = await studio.render(roomWith(whole, { ...good, key: 'chained.ogg', durationSeconds: 12 }));
    expect(result.tracks[1]).toMatchObject({ state: 'rejected', reason: expect.stringMatching(/clock goes back/) });
  });

  test('a room in which nothing can be heard fails with that reason', async () => {
    writeSound(studio.track('silent.wav'), silence(6));
    const silent = { participantId: 'p1', key: 'silent.wav', startedAt: instant(0) };
    await expect(studio.render(roomWith(silent))).rejects.toMatchObject({ code: 'all-silent' });
  });

  test.each([
    ['all-silent', 'draft', ['silent.wav', 'present'], ['text.ogg', 'rejected']],
    ['no-usable-track', 'draft', ['text.ogg', 'rejected'], ['absent.ogg', 'expected']],
    ['tracks-missing', 'fail', ['whole.ogg', 'present'], ['half.ogg', 'incomplete']],
    ['track-rejected', 'fail', ['whole.ogg', 'present'], ['text.ogg', 'rejected']],
  ] as const)(
    'an episode that fails with %s tells what became of its tracks',
    async (code, incompleteTracks, ...told) => {
      writeSound(studio.track('silent.wav'), silence(6));
      const manifest = roomWith(
        ...told.map(([key]) => ({ participantId: 'p1', key, startedAt: instant(0), durationSeconds: 6 })),
      );
      const error = await studio.render(manifest, { incompleteTracks }).catch((failure: unknown) => failure);
      if (!(error instanceof RenderFailure)) throw error;
      expect(error).toBeInstanceOf(PermanentFailure);
      expect(error.code).toBe(code);
      expect(error.tracks.map(({ key, state }) => [key, state])).toEqual(told);
      expect(error.tracks.map(({ state, reason }) => state === 'present' || reason !== undefined)).toEqual([
        true,
        true,
      ]);
    },
  );

  test('an episode whose master is out of bounds tells what became of its tracks', async () => {
    const target = { integratedLufs: -9, truePeakDbtp: -9 };
    const failed = studio.render(roomWith(good), { target });
    await expect(failed).rejects.toMatchObject({ code: 'mix-out-of-bounds', tracks: [{ state: 'present' }] });
    await expect(failed).rejects.toBeInstanceOf(RenderFailure);
  });

  test('a track that nothing was promised of comes out with a warning', async () => {
    const result = await studio.render(roomWith(whole));
    expect(result).toMatchObject({ isComplete: true, warnings: [{ code: 'length-unverified' }] });
  });

  test('a track that lies outside the room is not heard, and said to be so', async () => {
    const outside = { ...good, participantId: 'p2', key: 'whole.ogg', startedAt: instant(7) };
    expect(await studio.render(roomWith(good, outside))).toMatchObject({
      kind: 'rendered',
      warnings: [{ code: 'track-outside-room' }],
    });
    await expect(studio.render(roomWith(outside))).rejects.toMatchObject({ code: 'no-usable-track' });
  });

  test('NaN, infinities and wild samples in a track do not reach the mix', async () => {
    const samples = addAt(babble(6, 0.2, 5), chirp(), 3);
    for (const [at, value] of [Number.NaN, Number.POSITIVE_INFINITY, 1e4, Number.NEGATIVE_INFINITY].entries())
      samples[1000 + at] = value;
    writeFloatWav(studio.track('wild.wav'), samples);
    const result = await studio.render(roomWith({ participantId: 'p1', key: 'wild.wav', startedAt: instant(0) }));
    if (result.kind !== 'rendered') throw new Error('not rendered');
    const sound = decode(studio.masterPath(result.master.renderKey));
    expect(Math.abs(integratedLoudness(sound) + 16)).toBeLessThanOrEqual(0.3);
    expect(truePeak(sound)).toBeLessThanOrEqual(-1);
    expect(Math.abs(locate(chirp(), sound[0], 3) - 3)).toBeLessThan(0.002);
  });

  test('pictures, video and further streams in a file are ignored', async () => {
    const sources = ['-f', 'lavfi', '-i', 'testsrc=s=64x64:d=6', '-i', studio.track('good.ogg')];
    const codecs = ['-map', '0:v', '-map', '1:a', '-c:v', 'libvpx', '-c:a', 'copy'];
    execFileSync(bundled.path, ['-v', 'error', '-y', ...sources, ...codecs, studio.track('video.webm')]);
    const result = await studio.render(roomWith({ ...good, key: 'video.webm' }));
    expect(result).toMatchObject({ kind: 'rendered', isComplete: true });
  });

  test('the fixture room of real voices comes out as promised', async () => {
    const { data } = fixtureEvent() as { data: { room: { endedAt: string }; tracks: []; participants: [] } };
    const manifest = manifestOf({ seconds: 90, tracks: data.tracks, participants: data.participants });
    const result = await studio.render(manifest, { trackStore: openFolderStore(fixtureFolder), deadlinePassed: false });
    if (result.kind !== 'rendered') throw new Error('not rendered');
    expect(result).toMatchObject({ isComplete: true, warnings: [] });
    const sound = decode(studio.masterPath(result.master.renderKey));
    expect(Math.abs(integratedLoudness(sound) + 16)).toBeLessThanOrEqual(0.3);
    expect(truePeak(sound)).toBeLessThanOrEqual(-1);
    expect(Math.abs(sound[0].length / 48_000 - 90)).toBeLessThan(0.1);
  }, 120_000);

  test('a signal that ends ffmpeg from outside rejects no track: the render may be tried again', async () => {
    writeSound(studio.track('minutes.flac'), tone(400, 300, 0.2));
    const manifest = manifestOf({ seconds: 400, tracks: [{ ...good, key: 'minutes.flac', durationSeconds: 400 }] });
    const render = studio.render(manifest);
    const ended = expect(render).rejects.toMatchObject({ name: 'PassingFailure', code: 'ffmpeg-killed' });
    const pid = await eventually('ffmpeg at work', () => studio.processes().find(handlesSignals));
    process.kill(pid, 'SIGTERM');
    await ended;
    expect(studio.leftovers()).toEqual([]);
  }, 60_000);

  test('an abort stops ffmpeg at once and leaves no work folder', async () => {
    mkdirSync(studio.track('long'));
    writeSound(studio.track('long/tone.flac'), tone(400, 300, 0.2));
    const manifest = manifestOf({ seconds: 400, tracks: [{ ...good, key: 'long/tone.flac', durationSeconds: 400 }] });
    const abort = new AbortController();
    const render = studio.render(manifest, { signal: abort.signal });
    await eventually('ffmpeg at work', () => studio.processes().length > 0);
    const reason = new Error('the lock was lost');
    abort.abort(reason);
    await expect(render).rejects.toBe(reason);
    expect(studio.processes()).toEqual([]);
    expect(studio.leftovers()).toEqual([]);
  }, 60_000);

  test('nothing is left in the folder for work files', () => {
    expect(studio.leftovers()).toEqual([]);
  });
});
