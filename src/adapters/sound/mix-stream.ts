/** The finished mix of a stretch of an episode, in pieces: cues added up, brought to level, limited. */

import { mixInto } from '../../audio/mixer.ts';
import { PeakLimiter } from '../../audio/peak-limiter.ts';
import { decibelsToFactor } from '../../domain/loudness.ts';
import { LaneReader } from './lane-reader.ts';
import type { MixSource } from './thread-messages.ts';

/** 0.6 s: whole MP3 frames, steps and blocks. */
const PIECE_SAMPLES = 28_800;

/** Yields [from, to) in order, in pieces of at most PIECE_SAMPLES, one array a channel, each valid until the next. */
export function* mixed(source: MixSource, from: number, to: number): Generator<readonly Float32Array[]> {
  const reader = new LaneReader(source.lanes);
  try {
    const gain = decibelsToFactor(source.finish.gainDb);
    const read = (lane: number, fromSample: number, count: number) => reader.read(lane, fromSample, count);
    const limiter =
      source.finish.limitDbtp === undefined
        ? undefined
        : new PeakLimiter({ ceiling: decibelsToFactor(source.finish.limitDbtp), channels: source.channels });
    const delay = limiter?.latencySamples ?? 0;
    // What the limiter holds back comes out with what follows: so much more is mixed than is handed out.
    let skip = delay;
    for (let at = from; at < to + delay; at += PIECE_SAMPLES) {
      const count = Math.min(PIECE_SAMPLES, to + delay - at);
      const channels = Array.from({ length: source.channels }, () => new Float32Array(count));
      mixInto(channels, at, source.cues, gain, read);
      limiter?.process(channels);
      if (skip >= count) skip -= count;
      else {
        yield skip === 0 ? channels : channels.map((channel) => channel.subarray(skip));
        skip = 0;
      }
    }
  } finally {
    reader.close();
  }
}
