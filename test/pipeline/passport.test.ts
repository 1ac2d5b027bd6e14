/** What is published with an episode of how it was made; and every lie about it, found out from the public file alone. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import bundled from '@ffmpeg-installer/ffmpeg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type VerifiedPassport, verifyPassports } from '../../src/adapters/passport-verifier/passport-verifier.ts';
import { createWorkFolders } from '../../src/adapters/work-folders.ts';
import { Passport } from '../../src/audio/passport.ts';
import type { Manifest } from '../../src/domain/episode.ts';
import { type FileHost, startFileHost } from '../support/file-host.ts';
import { integratedLoudness } from '../support/loudness-meter.ts';
import { type PublishedEpisode, publishFrom } from '../support/published-episode.ts';
import { instant, manifestOf, openStudio, type Studio } from '../support/render-room.ts';
import { babble, decode, FFMPEGS, writeSound } from '../support/sounds.ts';

describe.each(FFMPEGS)('with $name', ({ path }) => {
  let studio: Studio;
  let manifest: Manifest;
  let episode: PublishedEpisode;
  let passportPath: string;
  let passport: Passport;

  beforeAll(async () => {
    studio = openStudio(path, { threads: 2 });
    for (const [index, name] of ['ana', 'ben', 'eve'].entries()) {
      writeSound(studio.track(`${name}.wav`), babble(6, 0.4, 7 + index));
    }
    manifest = manifestOf({
      seconds: 8,
      participants: [
        { id: 'p-ana', name: 'Ana Quimera', role: 'host' },
        { id: 'p-ben', name: 'Ben Zanzibar' },
        { id: 'p-eve', name: 'Eve Hidden', consent: false },
      ],
      tracks: ['ana', 'ben', 'eve'].map((name, index) => ({
        ...{ participantId: `p-${name}`, key: `${name}.wav`, startedAt: instant(0.5 * index) },
      })),
    });
    episode = await publishFrom(studio, manifest, { alternates: ['opus', 'aac'] });
    passportPath = episode.path(episode.files.passportFile?.key ?? '');
    passport = Passport.parse(JSON.parse(readFileSync(passportPath, 'utf8')));
  }, 120_000);
  afterAll(() => studio?.close());

  const audioPath = () => episode.path(episode.files.audio.key);

  async function verify(place: string): Promise<VerifiedPassport> {
    const folder = await createWorkFolders(join(studio.folder, 'verifying')).create('verify');
    try {
      const signal = new AbortController().signal;
      const { passports } = await verifyPassports(place, { audio: studio.engine, folder, signal });
      if (!passports[0]) throw new Error('nothing was verified');
      return passports[0];
    } finally {
      await folder.remove();
    }
  }
  const differing = ({ checks }: VerifiedPassport) => checks.filter(({ ok }) => !ok).map(({ what }) => what);

  it('lies beside the audio under the same name, and holds in all it says', async () => {
    const verified = await verify(passportPath);
    expect(verified.problem).toBeUndefined();
    expect(differing(verified)).toEqual([]);
    expect(verified.checks.length).toBeGreaterThan(15);
    expect(basename(passportPath)).toBe(basename(audioPath()).replace('.mp3', '.passport.json'));
    const bytes = readFileSync(audioPath());
    expect(passport.published).toMatchObject({
      file: basename(audioPath()),
      lengthBytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    });
  });

  it('names who is heard and what was done for each, and nobody who did not agree', () => {
    const text = readFileSync(passportPath, 'utf8');
    expect(passport.speakers.map(({ name, role }) => [name, role])).toEqual([
      ['Ana Quimera', 'host'],
      ['Ben Zanzibar', 'speaker'],
    ]);
    expect(passport.leftOut).toBe(1);
    expect(passport.guid).toBe(manifest.guid);
    const digestOf = (name: string) =>
      createHash('sha256')
        .update(readFileSync(studio.track(`${name}.wav`)))
        .digest('hex');
    expect(passport.speakers.map(({ tracks }) => tracks.map(({ sha256 }) => sha256))).toEqual([
      [digestOf('ana')],
      [digestOf('ben')],
    ]);
    for (const hidden of ['Eve', 'p-eve', 'eve.wav', digestOf('eve')]) expect(text).not.toContain(hidden);
    // Nor what the platform calls things.
    for (const inner of ['p-ana', 'ana.wav', 'rm-1', episode.master.renderKey]) expect(text).not.toContain(inner);
    expect(passport.speakers[1]?.tracks[0]).toMatchObject({ kind: 'speech', startOffsetSeconds: 0.5, gapCount: 0 });
    expect(passport.parameters).toMatchObject({
      'highPass.hertz': 80,
      'compressor.ratio': 2,
      'gate.kind': 'ownership',
    });
    expect(passport.parameters['encoder.options']).toMatch(/libmp3lame -b:a 80k/);
  });

  it('is the same to the byte when the same is published again', async () => {
    const before = readFileSync(passportPath);
    const again = await episode.again({});
    expect(again.passportFile).toEqual(episode.files.passportFile);
    expect(readFileSync(passportPath).equals(before)).toBe(true);
  });

  it('is another one when only the title changes, of the same frames', async () => {
    const again = await episode.again({ title: 'Another title' });
    const key = again.passportFile?.key ?? '';
    expect(key).not.toBe(episode.files.passportFile?.key);
    const other = Passport.parse(JSON.parse(readFileSync(episode.path(key), 'utf8')));
    expect(other.audio).toEqual(passport.audio);
    expect(other.published.sha256).not.toBe(passport.published.sha256);
    expect(differing(await verify(episode.path(key)))).toEqual([]);
  });

  it('names the alternates, which are as loud as the MP3 and as long', () => {
    const [left, right] = decode(audioPath());
    expect(passport.alternates.map(({ file }) => file.replace(/^[0-9a-f]{64}/, ''))).toEqual(['.opus', '.m4a']);
    expect(episode.files.alternates.map(({ key }) => basename(key))).toEqual(
      passport.alternates.map(({ file }) => file),
    );
    for (const { file, sha256, lengthBytes } of passport.alternates) {
      const other = join(dirname(passportPath), file);
      const bytes = readFileSync(other);
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
      expect([bytes.length, file.slice(0, 64)]).toEqual([lengthBytes, sha256]);
      const sound = decode(other);
      expect(Math.abs(sound[0].length - left.length) / 48_000).toBeLessThan(0.05);
      expect(Math.abs(integratedLoudness(sound) - integratedLoudness([left, right]))).toBeLessThan(0.5);
    }
  });

  describe('finds out', () => {
    let place = 0;
    /** The passport and its audio, changed, in a folder of their own. */
    async function verifyChanged(change: (json: Record<string, unknown>) => void, audio = readFileSync(audioPath())) {
      place += 1;
      const folder = join(studio.folder, `changed-${place}`);
      mkdirSync(folder);
      const json = JSON.parse(readFileSync(passportPath, 'utf8'));
      change(json);
      writeFileSync(join(folder, passport.published.file), audio);
      writeFileSync(join(folder, 'x.passport.json'), JSON.stringify(json));
      return verify(join(folder, 'x.passport.json'));
    }
    const SEAL = 'passport, seal in the audio';
    /** Sets what lies at a path like `audio.frames.count`. */
    const set = (path: string, value: (old: never) => unknown) => (json: Record<string, unknown>) => {
      const parts = path.split('.');
      const last = parts.pop() ?? '';
      const holder = parts.reduce((one: Record<string, never>, part) => one[part] as never, json as never);
      holder[last] = value(holder[last] as never) as never;
    };
    const plus = (by: number) => (old: number) => old + by;
    const otherDigest = () => 'a'.repeat(64);

    it.each<[string, (old: never) => unknown, string[]]>([
      ['published.lengthBytes', plus(1), ['audio, bytes']],
      ['published.sha256', otherDigest, ['audio, sha256']],
      ['audio.frames.sha256', otherDigest, [SEAL, 'frames, sha256']],
      ['audio.frames.lengthBytes', plus(-1), [SEAL, 'frames, bytes', 'frames, bytes in the header']],
      ['audio.frames.count', plus(1), [SEAL, 'frames, counted', 'frames, in the header']],
      ['audio.durationSamples', plus(1), [SEAL, 'duration in the header, samples', 'duration decoded, samples']],
      ['audio.durationSeconds', plus(0.01), [SEAL, 'duration decoded']],
      ['audio.channels', () => 'mono', [SEAL, 'channel mode']],
      ['loudness.integratedLufs', plus(0.15), [SEAL, 'integrated loudness']],
      ['loudness.integratedLufs', plus(-0.15), [SEAL, 'integrated loudness']],
      ['loudness.truePeakDbtp', plus(0.25), [SEAL, 'true peak']],
      ['loudness.loudnessRangeLu', plus(0.5), [SEAL, 'loudness range']],
      ['loudness.target.integratedLufs', plus(1), [SEAL, 'target, loudness']],
      ['loudness.target.truePeakDbtp', plus(-8), [SEAL, 'target, true peak']],
      ['mastering.gainDb', plus(0.01), [SEAL]],
      ['leftOut', plus(-1), [SEAL]],
      ['speakers.0.name', () => 'Somebody Else', [SEAL]],
      ['speakers.1.tracks.0.talkSeconds', plus(1), [SEAL]],
      ['parameters.highPass.hertz', plus(1), [SEAL]],
    ])('that %s was changed', async (path, value, expected) => {
      const key = path.startsWith('parameters.') ? path.slice('parameters.'.length) : undefined;
      const change = key
        ? (json: Record<string, unknown>) => {
            const parameters = json['parameters'] as Record<string, unknown>;
            parameters[key] = value(parameters[key] as never);
          }
        : set(path, value);
      expect(differing(await verifyChanged(change))).toEqual(expected);
    });

    it('that something was added to it', async () => {
      const verified = await verifyChanged((json) => {
        json['award'] = 'best sound';
      });
      expect(differing(verified)).toEqual([SEAL]);
    });

    it('that it lacks something, and says what', async () => {
      const verified = await verifyChanged((json) => {
        delete json['loudness'];
      });
      expect(verified).toMatchObject({ ok: false, problem: expect.stringContaining('loudness') });
    });

    it('that the audio was cut off, in the middle of a frame or between two', async () => {
      const whole = readFileSync(audioPath());
      const torn = await verifyChanged(() => {}, whole.subarray(0, whole.length - 20_100));
      expect(differing(torn)).toEqual(expect.arrayContaining(['audio, bytes', 'frames, sha256', 'frames', 'sound']));
      expect(torn.checks.find(({ what }) => what === 'frames')?.found).toMatch(/after \d+ MP3 frames, at byte \d+: /);
      // 288 bytes a frame of 96 kbit/s.
      const short = await verifyChanged(() => {}, whole.subarray(0, whole.length - 288 * 50));
      expect(differing(short)).toEqual(
        expect.arrayContaining(['frames, counted', 'duration decoded, samples', 'duration decoded']),
      );
    });

    it('that the audio was encoded anew, or made louder', async () => {
      const target = join(studio.folder, 'again.mp3');
      const reencode = (...filter: string[]) => {
        const args = ['-v', 'error', '-y', '-i', audioPath(), '-map', '0:a', ...filter, '-c:a', 'libmp3lame'];
        execFileSync(bundled.path, [...args, '-b:a', '96k', '-id3v2_version', '0', target]);
        return readFileSync(target);
      };
      const same = differing(await verifyChanged(() => {}, reencode()));
      expect(same).toEqual(expect.arrayContaining(['audio, sha256', SEAL, 'frames, sha256', 'integrated loudness']));
      const louder = differing(await verifyChanged(() => {}, reencode('-af', 'volume=2dB')));
      expect(louder).toEqual(expect.arrayContaining(['integrated loudness', 'true peak', 'target, loudness']));
    });

    it('that one channel was changed', async () => {
      const target = join(studio.folder, 'one-side.mp3');
      const args = ['-v', 'error', '-y', '-i', audioPath(), '-map', '0:a', '-af', 'pan=stereo|c0=c0|c1=0.9*c1'];
      execFileSync(bundled.path, [...args, '-c:a', 'libmp3lame', '-b:a', '96k', '-id3v2_version', '0', target]);
      expect(differing(await verifyChanged(() => {}, readFileSync(target)))).toContain('channels');
    });

    it('that the audio is nothing of the kind', async () => {
      const verified = await verifyChanged(() => {}, Buffer.from('<html>not here any more</html>'));
      expect(verified.ok).toBe(false);
      expect(differing(verified)).toEqual(expect.arrayContaining(['audio, bytes', 'frames', 'sound']));
    });

    it('that its audio is gone, or the passport itself', async () => {
      const folder = join(studio.folder, 'alone');
      mkdirSync(folder);
      cpSync(passportPath, join(folder, 'x.passport.json'));
      expect((await verify(join(folder, 'x.passport.json'))).problem).toMatch(/audio is not beside it/);
      expect((await verify(join(folder, 'nothing.json'))).problem).toMatch(/ENOENT/);
    });
  });

  describe('over HTTP', () => {
    let host: FileHost;
    beforeAll(async () => {
      host = await startFileHost();
      const json = { bytes: readFileSync(passportPath), type: 'application/json' };
      host.files.set(`/e/${basename(passportPath)}`, json);
      host.files.set(`/e/${basename(audioPath())}`, { bytes: readFileSync(audioPath()), type: 'audio/mpeg' });
      const item = `<item><title>One</title><guid isPermaLink="false">${manifest.guid}</guid><enclosure url="${host.url}/e/${basename(audioPath())}" length="1" type="audio/mpeg"/></item>`;
      const feed = `<?xml version="1.0"?><rss version="2.0"><channel><title>x</title>${item}</channel></rss>`;
      host.files.set('/feed.xml', { bytes: Buffer.from(feed), type: 'application/rss+xml' });
    });
    afterAll(() => host?.close());

    it('is found by its own address, and by a feed through the audio', async () => {
      const address = `${host.url}/e/${basename(passportPath)}`;
      expect(await verify(address)).toMatchObject({ ok: true, passport: address, guid: manifest.guid });
      expect(await verify(`${host.url}/feed.xml`)).toMatchObject({ ok: true, passport: address });
    });

    it('is missed where a feed has none, and where the host has lost the audio', async () => {
      host.files.delete(`/e/${basename(audioPath())}`);
      expect((await verify(`${host.url}/feed.xml`)).problem).toMatch(/answers 404/);
      host.files.delete(`/e/${basename(passportPath)}`);
      expect((await verify(`${host.url}/feed.xml`)).problem).toMatch(/passport\.json answers 404/);
    });
  });
});
