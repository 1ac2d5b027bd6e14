/** What every kind of bad recording gets, beside a good one that must not suffer from it. */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Notice } from '../../src/domain/failure.ts';
import type { Sha256 } from '../../src/domain/ids.ts';
import type { BadTrack, Lures } from '../support/bad-track.ts';
import { BAD_TRACKS } from '../support/bad-tracks.ts';
import { integratedLoudness, truePeak } from '../support/loudness-meter.ts';
import { watchMemory } from '../support/memory-watch.ts';
import { instant, manifestOf, openStudio, type Studio } from '../support/render-room.ts';
import { addAt, babble, chirp, decode, likeness, silence, tone, toneLevel, writeSound } from '../support/sounds.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';

const ROOM_SECONDS = 10;
/** The good speaker talks once the other has finished. */
const TURN_SECONDS = 7;
const GOOD_CHIRP_SECONDS = 8.5;
const CANARY = 'canary-7f3a-not-to-be-read';
const CANARY_HERTZ = 5000;
/** ffmpeg itself, its decoders and filters take about 60 MB. */
const MOST_FFMPEG_MIB = 200;

/** Tests of every row with one ffmpeg. */
export function testBadTracks(ffmpeg: string): void {
  let studio: Studio;
  let server: Server;
  let lureFolder: string;
  let lures: Lures;
  let connections = 0;
  const checked = new Map<Sha256, Float32Array>();
  const good = { participantId: 'good', key: 'good.flac', startedAt: instant(0), durationSeconds: ROOM_SECONDS };

  beforeAll(async () => {
    studio = openStudio(ffmpeg);
    const turn = addAt(babble(ROOM_SECONDS - TURN_SECONDS, 0.2, 1), chirp(), GOOD_CHIRP_SECONDS - TURN_SECONDS);
    writeSound(studio.track(good.key), addAt(silence(ROOM_SECONDS), turn, TURN_SECONDS));
    lureFolder = makeTempFolder('lures');
    server = createServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the server has no port');
    lures = { port: address.port, soundPath: join(lureFolder, 'canary.wav'), textPath: join(lureFolder, 'canary.txt') };
    writeSound(lures.soundPath, tone(6, CANARY_HERTZ, 0.5));
    writeFileSync(lures.textPath, CANARY);
  });
  afterAll(async () => {
    await studio.close();
    await new Promise((resolve) => server.close(resolve));
    removeFolder(lureFolder);
  });

  function roomWith({ file, announced }: BadTrack) {
    const bad = { participantId: 'bad', key: file, startedAt: instant(0), ...announced };
    return manifestOf({ seconds: ROOM_SECONDS, tracks: [good, bad] });
  }

  /** Its left channel. What was rendered before, as without the bad track, was looked at before. */
  function checkedSound(renderKey: Sha256): Float32Array {
    const known = checked.get(renderKey);
    if (known) return known;
    const sound = decode(studio.masterPath(renderKey));
    const [left] = sound;
    expect(left.every(Number.isFinite)).toBe(true);
    expect(Math.abs(left.length / 48_000 - ROOM_SECONDS)).toBeLessThan(0.1);
    expect(Math.abs(integratedLoudness(sound) + 16)).toBeLessThanOrEqual(0.3);
    expect(truePeak(sound)).toBeLessThanOrEqual(-1);
    const heardAt = likeness(chirp(), left, GOOD_CHIRP_SECONDS);
    expect(heardAt.factor, 'the good speaker').toBeGreaterThan(0.6);
    expect(Math.abs(heardAt.seconds - GOOD_CHIRP_SECONDS), 'the good speaker').toBeLessThan(0.002);
    const mean = left.reduce((sum, value) => sum + value, 0) / left.length;
    expect(Math.abs(mean), 'offset').toBeLessThan(1e-4);
    expect(toneLevel(left, CANARY_HERTZ, 0, TURN_SECONDS), 'what nobody may hear').toBeLessThan(-50);
    checked.set(renderKey, left);
    return left;
  }

  test('the lures are such that an ffmpeg left alone takes them', async () => {
    const list = join(lureFolder, 'list.m3u8');
    writeFileSync(
      list,
      `#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\nhttp://127.0.0.1:${lures.port}/a.ts\n#EXT-X-ENDLIST\n`,
    );
    const open = ['-protocol_whitelist', 'file,http,tcp', '-allowed_extensions', 'ALL'];
    const args = ['-nostdin', '-v', 'quiet', ...open, '-i', list, '-f', 'null', '-'];
    await promisify(execFile)(ffmpeg, args, { timeout: 10_000 }).catch(() => {});
    expect(connections).toBeGreaterThan(0);
    connections = 0;
  });

  test.each(BAD_TRACKS)('$name: $becomes.state', async (bad) => {
    bad.make(studio.track(bad.file), lures);
    const openedBefore = accessTimes(lures);
    const memory = watchMemory(() => studio.processes());
    const result = await studio.render(roomWith(bad)).finally(() => memory.end());
    if (result.kind !== 'rendered') throw new Error(`${result.kind}, not rendered`);
    const { becomes } = bad;

    expect(result.tracks.map(({ state }) => state)).toEqual(['present', becomes.state]);
    expect(result.isComplete).toBe(becomes.state === 'present');
    if (becomes.state === 'present') {
      expect(result.tracks[1]?.reason).toBeUndefined();
      expect(aboutFiles(result.warnings)).toEqual(becomes.warnings ?? []);
    } else {
      expect(result.tracks[1]?.reason).toMatch(becomes.reason);
      expect(result.warnings).toContainEqual({
        code: `track-${becomes.state}`,
        message: expect.stringContaining(bad.file),
      });
    }

    const left = checkedSound(result.master.renderKey);
    const { chirps = [], noChirps = [] } = becomes.state === 'rejected' ? {} : becomes;
    for (const at of chirps) {
      const found = likeness(chirp(), left, at);
      expect(found.factor, `chirp at ${at} s`).toBeGreaterThan(0.6);
      expect(Math.abs(found.seconds - at), `chirp at ${at} s`).toBeLessThan(0.02);
    }
    for (const at of noChirps) {
      expect(likeness(chirp(), left, at).factor, `no chirp at ${at} s`).toBeLessThan(0.4);
    }

    expect(connections).toBe(0);
    expect(accessTimes(lures)).toEqual(openedBefore);
    expect(filesNaming(CANARY, join(studio.folder, 'bucket'))).toEqual([]);
    expect(studio.leftovers()).toEqual([]);
    expect(studio.processes()).toEqual([]);
    expect(memory.mostMib()).toBeLessThan(MOST_FFMPEG_MIB);
  });

  test.each(BAD_TRACKS.filter(({ becomes }) => becomes.state === 'incomplete'))(
    '$name: is waited for until the deadline',
    async (bad) => {
      bad.make(studio.track(bad.file), lures);
      const result = await studio.render(roomWith(bad), { deadlinePassed: false });
      expect(result).toMatchObject({ kind: 'waiting', tracks: [{ state: 'present' }, { state: 'incomplete' }] });
    },
  );

  test('a room of which every recording is silent fails with that reason', async () => {
    const silent = ['silent-1.wav', 'silent-2.flac'].map((key) => {
      writeSound(studio.track(key), silence(ROOM_SECONDS));
      return { participantId: key, key, startedAt: instant(0) };
    });
    const render = studio.render(manifestOf({ seconds: ROOM_SECONDS, tracks: silent }));
    await expect(render).rejects.toMatchObject({ code: 'all-silent' });
    expect(studio.leftovers()).toEqual([]);
  });

  test('a room of one word is an episode', async () => {
    const word = BAD_TRACKS.find(({ file }) => file === 'word.wav');
    word?.make(studio.track('only.wav'), lures);
    const only = { participantId: 'p', key: 'only.wav', startedAt: instant(1) };
    expect(await studio.render(manifestOf({ seconds: 3, tracks: [only] }))).toMatchObject({ kind: 'rendered' });
  });
}

/** Of its file; what is said of a microphone is not asked for here. */
function aboutFiles(warnings: readonly Notice[]): string[] {
  return warnings.map(({ code }) => code).filter((code) => /^(track|length)-/.test(code));
}

function accessTimes({ soundPath, textPath }: Lures): number[] {
  return [soundPath, textPath].map((path) => statSync(path).atimeMs);
}

function filesNaming(text: string, folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => {
    const path = join(folder, name);
    return statSync(path).isFile() && readFileSync(path).includes(text);
  });
}
