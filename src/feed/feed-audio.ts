/** The audio of an episode as a feed names it: ours under our address, or where another host has it. Pure. */
import type { Manifest } from '../domain/episode.ts';
import { publicUrlOf } from '../storage/object-keys.ts';

export interface NamedAudio {
  readonly url: string;
  readonly contentType: string;
  /** 0: nobody tells. */
  readonly lengthBytes: number;
  readonly durationSeconds?: number;
}

type Audible = Pick<Manifest, 'audio' | 'externalAudio'>;

export function hasAudio({ audio, externalAudio }: Audible): boolean {
  return audio !== undefined || externalAudio !== undefined;
}

/** Undefined where there is none to be heard. */
export function namedAudio({ audio, externalAudio }: Audible, publicUrl: string): NamedAudio | undefined {
  if (audio) {
    const { key, contentType, lengthBytes, durationSeconds } = audio;
    return { url: publicUrlOf(publicUrl, key), contentType, lengthBytes, durationSeconds };
  }
  if (!externalAudio) return undefined;
  const { durationSeconds, ...rest } = externalAudio;
  return { ...rest, ...(durationSeconds === undefined ? {} : { durationSeconds }) };
}
