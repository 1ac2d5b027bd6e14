/** Failures on their way from a thread to the process: named at one end, made anew at the other. */
import { messageOf, PassingFailure, PermanentFailure } from '../../domain/failure.ts';
import { FfmpegRefused } from '../ffmpeg/ffmpeg.ts';
import type { CrossedError } from './thread-messages.ts';

export function crossing(error: unknown): CrossedError {
  const message = messageOf(error);
  if (error instanceof PassingFailure) return { type: 'passing', code: error.code, message };
  if (error instanceof PermanentFailure) return { type: 'permanent', code: error.code, message };
  if (error instanceof FfmpegRefused) return { type: 'refused', message };
  if (isDiskFull(error))
    return { type: 'passing', code: 'disk-full', message: `the disk with the work files is full: ${message}` };
  return { type: 'other', message };
}

export function crossed(error: CrossedError): Error {
  if (error.type === 'passing') return new PassingFailure(error.code, error.message);
  if (error.type === 'permanent') return new PermanentFailure(error.code, error.message);
  if (error.type === 'refused') return new FfmpegRefused(error.message);
  return new Error(error.message);
}

function isDiskFull(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG';
}
