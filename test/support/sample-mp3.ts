/** A short MP3 as the renderer writes it: 48 kHz, two channels, no tags, with a Xing header. */
import { execFileSync } from 'node:child_process';
import bundled from '@ffmpeg-installer/ffmpeg';
import { findProgram } from './programs.ts';

/** `quality` 0 to 9 makes it of variable bit rate, so that its length can be told by the Xing header alone. */
export function writeSampleMp3(path: string, seconds: number, quality?: number): void {
  const rate = quality === undefined ? ['-b:a', '96k'] : ['-q:a', String(quality)];
  const input = ['-f', 'lavfi', '-i', `sine=frequency=330:sample_rate=48000:duration=${seconds}`];
  const bare = ['-map_metadata', '-1', '-id3v2_version', '0', '-write_xing', '1'];
  const args = ['-v', 'error', '-y', ...input, '-ac', '2', '-c:a', 'libmp3lame', ...rate, ...bare, path];
  execFileSync(findProgram('ffmpeg') ?? bundled.path, args, { stdio: 'pipe' });
}
