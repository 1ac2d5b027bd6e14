/** What ffmpeg's own meter says of samples, and the fixture room's voices as samples. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOM = fileURLToPath(new URL('../../fixtures/room/rooms/rm-late-table-1', import.meta.url));
const FLOATS = ['-f', 'f32le', '-ar', '48000', '-ac', '1'];
const MAX_BYTES = 1024 ** 3;

/** The first seconds of one track of the fixture room, decoded to 48 kHz mono. */
export function voice(ffmpeg: string, name: string, seconds: number): Float32Array {
  const args = ['-v', 'error', '-i', `${ROOM}/${name}`, '-t', String(seconds), ...FLOATS, 'pipe:1'];
  const bytes = execFileSync(ffmpeg, args, { maxBuffer: MAX_BYTES });
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

/** Integrated loudness of one channel by ffmpeg's `ebur128`. */
export function ebur128Lufs(ffmpeg: string, samples: Float32Array): number {
  return lastOf(ffmpeg, samples, 'ebur128=metadata=1', 'I');
}

/** True peak of one channel by the same filter, to about 0.02 dB near full scale. */
export function ebur128Dbtp(ffmpeg: string, samples: Float32Array): number {
  return 20 * Math.log10(lastOf(ffmpeg, samples, 'ebur128=peak=true:metadata=1', 'true_peaks_ch0'));
}

function lastOf(ffmpeg: string, samples: Float32Array, filter: string, key: string): number {
  const filters = `${filter},ametadata=print:key=lavfi.r128.${key}:file=-`;
  const args = ['-v', 'error', ...FLOATS, '-i', 'pipe:0', '-af', filters, '-f', 'null', '-'];
  const input = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  const text = execFileSync(ffmpeg, args, { input, maxBuffer: MAX_BYTES, encoding: 'utf8' });
  const at = text.lastIndexOf(`lavfi.r128.${key}=`);
  if (at < 0) throw new Error(`${ffmpeg} printed no ${key} for ${samples.length} samples`);
  return Number.parseFloat(text.slice(text.indexOf('=', at) + 1));
}
