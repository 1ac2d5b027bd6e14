/** Finds out all that can be told of a published audio file: its bytes, its frames, its sound. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Mp3Malformed } from '../../audio/mp3-frames.ts';
import { Mp3Reading } from '../../audio/mp3-reading.ts';
import type { FoundAudio } from '../../audio/passport-check.ts';
import { messageOf, PermanentFailure } from '../../domain/failure.ts';
import { type AudioEngine, UndecodableAudio } from '../../pipeline/audio-engine.ts';
import { loudnessOf } from '../../pipeline/master-mix.ts';
import type { WorkFolder } from '../../pipeline/ports.ts';
import { audioBounds, passportSealIn } from '../id3-tags.ts';

/** Decoding is many times faster than listening. */
const TIMEOUT_SECONDS = 3600;
const FRAMES_FILE = 'frames.mp3';

/** `file` lies in the folder, and so may what is made of it. What is wrong with the audio is part of the answer. */
export async function findOut(
  file: string,
  received: { readonly sha256: string; readonly lengthBytes: number },
  folder: WorkFolder,
  audio: AudioEngine,
  signal: AbortSignal,
): Promise<FoundAudio> {
  const path = folder.file(file);
  const bounds = await audioBounds(path).catch((error: unknown) => {
    if (error instanceof PermanentFailure) return undefined;
    throw error;
  });
  if (!bounds) {
    const problem = { problem: 'there is nothing but tags' };
    return { ...received, frames: { sha256: '', lengthBytes: 0 }, seal: undefined, mp3: problem, sound: problem };
  }
  const { frames, mp3 } = await readFrames(path, bounds, folder.file(FRAMES_FILE));
  const sound = 'problem' in mp3 ? { problem: mp3.problem } : await hear(mp3.channelMode === 'mono' ? 1 : 2);
  return { ...received, frames, seal: await passportSealIn(path, bounds.start), mp3, sound };

  async function hear(channels: 1 | 2): Promise<FoundAudio['sound']> {
    try {
      const measured = await audio.measure(FRAMES_FILE, channels, { folder, signal, timeoutSeconds: TIMEOUT_SECONDS });
      const { decodedSamples, channelsAreEqual } = measured;
      return { decodedSamples, channelsAreEqual, ...loudnessOf(measured) };
    } catch (error) {
      if (!(error instanceof UndecodableAudio)) throw error;
      return { problem: `cannot be decoded: ${error.message}` };
    }
  }
}

/** What lies between the tags goes to a file of its own: a decoder needs no pictures. */
async function readFrames(
  path: string,
  { start, end }: { readonly start: number; readonly end: number },
  target: string,
): Promise<Pick<FoundAudio, 'frames' | 'mp3'>> {
  const hash = createHash('sha256');
  const reading = new Mp3Reading();
  let problem: string | undefined;
  const read = (step: () => FoundAudio['mp3'] | undefined) => {
    if (problem !== undefined) return undefined;
    try {
      return step();
    } catch (error) {
      if (!(error instanceof Mp3Malformed)) throw error;
      problem = messageOf(error);
      return undefined;
    }
  };
  const looking = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      read(() => {
        reading.add(chunk);
        return undefined;
      });
      done(null, chunk);
    },
  });
  await pipeline(createReadStream(path, { start, end: end - 1 }), looking, createWriteStream(target));
  const mp3 = read(() => reading.end()) ?? { problem: problem ?? 'it cannot be read' };
  return { frames: { sha256: hash.digest('hex'), lengthBytes: end - start }, mp3 };
}
