/** How loud a made episode is, by the tests' own meter. */
import { integratedLoudness, truePeak } from '../support/loudness-meter.ts';
import { decodeChannels } from './decode.ts';

export interface HeardLoudness {
  readonly integratedLufs: number;
  readonly truePeakDbtp: number;
  readonly channels: number;
}

/** Two channels that carry the same are as loud as one and this. */
const DUAL_LU = 10 * Math.log10(2);

/** Of the decoded file, over the channels that it has (plain BS.1770-4: mono is one channel). */
export async function hear(ffmpegPath: string, path: string): Promise<HeardLoudness> {
  const { channels, areEqual } = await decodeChannels(ffmpegPath, path);
  return {
    integratedLufs: integratedLoudness(channels) + (areEqual ? DUAL_LU : 0),
    truePeakDbtp: truePeak(channels),
    channels: areEqual ? 2 : channels.length,
  };
}
