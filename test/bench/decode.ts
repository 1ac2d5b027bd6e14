/** Sound files as samples, by the ffmpeg that is measured. */
import { spawn } from 'node:child_process';

/** What ffmpeg wrote; throws an Error with its last words when it fails. */
export async function ffmpegOutput(
  ffmpegPath: string,
  args: readonly string[],
  input?: Float32Array,
): Promise<{ stdout: Buffer[]; stderr: string }> {
  const child = spawn(ffmpegPath, ['-nostdin', '-hide_banner', ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  // A child that ends early closes its stdin: its exit status tells why.
  child.stdin.on('error', () => {});
  child.stdin.end(input ? Buffer.from(input.buffer, input.byteOffset, input.byteLength) : undefined);
  const status = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  const words = Buffer.concat(stderr).toString();
  if (status !== 0) throw new Error(`ffmpeg ${args.join(' ')} ended with status ${status}: ${words.slice(-2000)}`);
  return { stdout, stderr: words };
}

/** Joined into one array, whatever its size: a Buffer holds no more than a few hours. */
function samplesOf(chunks: readonly Buffer[]): Float32Array {
  const samples = new Float32Array(Math.floor(chunks.reduce((sum, { length }) => sum + length, 0) / 4));
  const bytes = new Uint8Array(samples.buffer);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk.subarray(0, bytes.length - at), at);
    at += chunk.length;
  }
  return samples;
}

export async function decodeMono(ffmpegPath: string, path: string): Promise<Float32Array> {
  const args = ['-v', 'error', '-i', path, '-f', 'f32le', '-ar', '48000', '-ac', '1', 'pipe:1'];
  return samplesOf((await ffmpegOutput(ffmpegPath, args)).stdout);
}

/** As many channels as the file has, at most two; two are compared and given as one when they are equal. */
export async function decodeChannels(
  ffmpegPath: string,
  path: string,
): Promise<{ channels: Float32Array[]; areEqual: boolean }> {
  const { stdout, stderr } = await ffmpegOutput(ffmpegPath, ['-i', path, '-f', 'f32le', '-ar', '48000', 'pipe:1']);
  const samples = samplesOf(stdout);
  if (/Audio: mp3.*\bmono\b/.test(stderr)) return { channels: [samples], areEqual: false };
  const side = (offset: number) => {
    const channel = new Float32Array(samples.length / 2);
    for (let n = 0; n < channel.length; n += 1) channel[n] = samples[2 * n + offset] ?? 0;
    return channel;
  };
  const [left, right] = [side(0), side(1)];
  const areEqual = Buffer.from(left.buffer).equals(Buffer.from(right.buffer));
  return areEqual ? { channels: [left], areEqual } : { channels: [left, right], areEqual };
}
