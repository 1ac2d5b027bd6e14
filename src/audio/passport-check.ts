/** Compares what a passport says of an episode's audio with what was found in the public file. Pure. */
import type { Mp3Account } from './mp3-reading.ts';
import type { Passport } from './passport.ts';
import { SAMPLE_RATE_HZ } from './sample-clock.ts';

export interface PassportCheck {
  /** What was compared. */
  readonly what: string;
  readonly said: string;
  readonly found: string;
  readonly ok: boolean;
}

/** What was found out about the file, from its bytes and by decoding it. */
export interface FoundAudio {
  readonly sha256: string;
  readonly lengthBytes: number;
  readonly frames: { readonly sha256: string; readonly lengthBytes: number };
  /** Of the passport in the audio's tags. */
  readonly seal: string | undefined;
  /** Why it is no MP3 as we write them, where it is none. */
  readonly mp3: Mp3Account | { readonly problem: string };
  readonly sound:
    | {
        readonly decodedSamples: number;
        readonly channelsAreEqual: boolean;
        readonly integratedLufs: number | null;
        readonly truePeakDbtp: number | null;
        readonly loudnessRangeLu: number;
      }
    | { readonly problem: string };
}

/** As far as two decoders of one file may differ, and what rounding to hundredths takes. */
const SAME_LU = 0.1;
const SAME_PEAK_DB = 0.2;
const SAME_RANGE_LU = 0.3;
/** What is promised of every episode. */
const TARGET_LU = 0.3;
const SAME_SECONDS = 0.001;

/** `seal`: that of the passport as it was read. One check for each fact; in the order a person would ask. */
export function checkPassport(passport: Passport, seal: string, found: FoundAudio): PassportCheck[] {
  const { audio, published } = passport;
  return [
    same('audio, bytes', published.lengthBytes, found.lengthBytes),
    same('audio, sha256', published.sha256, found.sha256),
    same('audio, named by its sha256', published.file.replace(/\.mp3$/, ''), found.sha256),
    same('passport, seal in the audio', seal, found.seal ?? 'none'),
    same('frames, bytes', audio.frames.lengthBytes, found.frames.lengthBytes),
    same('frames, sha256', audio.frames.sha256, found.frames.sha256),
    ...mp3Checks(passport, found.mp3),
    ...soundChecks(passport, found.sound),
  ];
}

function mp3Checks({ audio }: Passport, mp3: FoundAudio['mp3']): PassportCheck[] {
  if ('problem' in mp3)
    return [{ what: 'frames', said: `${audio.frames.count} frames`, found: mp3.problem, ok: false }];
  const { header } = mp3;
  return [
    same('frames, counted', audio.frames.count, mp3.frameCount),
    same('frames, in the header', audio.frames.count, header?.frameCount ?? 'no header'),
    same('frames, bytes in the header', audio.frames.lengthBytes, header?.byteCount ?? 'no header'),
    same('duration in the header, samples', audio.durationSamples, header?.durationSamples ?? 'no header'),
    same('sample rate, Hz', SAMPLE_RATE_HZ, mp3.sampleRateHz),
    same('channel mode', audio.channels === 'mono' ? 'mono' : 'joint-stereo', mp3.channelMode ?? 'several'),
  ];
}

function soundChecks({ audio, loudness }: Passport, sound: FoundAudio['sound']): PassportCheck[] {
  if ('problem' in sound) return [{ what: 'sound', said: 'can be decoded', found: sound.problem, ok: false }];
  const { target } = loudness;
  const seconds = sound.decodedSamples / SAMPLE_RATE_HZ;
  return [
    same('duration decoded, samples', audio.durationSamples, sound.decodedSamples),
    near('duration decoded', audio.durationSeconds, seconds, SAME_SECONDS, 's', 3),
    ...(audio.channels === 'both-equal'
      ? [same('channels', 'equal', sound.channelsAreEqual ? 'equal' : 'different')]
      : []),
    near('integrated loudness', loudness.integratedLufs, sound.integratedLufs, SAME_LU, 'LUFS'),
    near('true peak', loudness.truePeakDbtp, sound.truePeakDbtp, SAME_PEAK_DB, 'dBTP'),
    near('loudness range', loudness.loudnessRangeLu, sound.loudnessRangeLu, SAME_RANGE_LU, 'LU'),
    near('target, loudness', target.integratedLufs, sound.integratedLufs, TARGET_LU, 'LUFS'),
    {
      what: 'target, true peak',
      said: `at most ${target.truePeakDbtp.toFixed(2)} dBTP`,
      found: figure(sound.truePeakDbtp, 'dBTP'),
      ok: sound.truePeakDbtp !== null && sound.truePeakDbtp <= target.truePeakDbtp,
    },
  ];
}

function same(what: string, said: string | number, found: string | number): PassportCheck {
  return { what, said: String(said), found: String(found), ok: said === found };
}

function near(what: string, said: number, found: number | null, by: number, unit: string, digits = 2): PassportCheck {
  const ok = found !== null && Math.abs(said - found) <= by;
  return { what, said: figure(said, unit, digits), found: figure(found, unit, digits), ok };
}

const figure = (value: number | null, unit: string, digits = 2) =>
  value === null ? 'silence' : `${value.toFixed(digits)} ${unit}`;
