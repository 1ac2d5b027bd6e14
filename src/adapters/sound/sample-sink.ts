/** Takes raw sound from ffmpeg's output, in chunks of any size, and hands it on as samples. */
import { Writable } from 'node:stream';

/**
 * A stream for 32-bit floats (little-endian, as every machine that runs this has them). What `hear` is given is valid
 * until it returns. Never emits `close`: fluent-ffmpeg would take that for a reason to kill ffmpeg.
 */
export function sampleSink(hear: (samples: Float32Array) => void): Writable {
  const rest = Buffer.alloc(4);
  let restLength = 0;
  let aligned = new Float32Array(16_384);
  return new Writable({
    emitClose: false,
    autoDestroy: false,
    highWaterMark: 1024 * 1024,
    write(chunk: Buffer, _encoding, done) {
      try {
        if (restLength === 0 && chunk.length % 4 === 0 && chunk.byteOffset % 4 === 0) {
          // As good as always: pipes are read in whole pages.
          if (chunk.length > 0) hear(new Float32Array(chunk.buffer, chunk.byteOffset, chunk.length / 4));
          done();
          return;
        }
        const count = Math.floor((restLength + chunk.length) / 4);
        if (aligned.length < count) aligned = new Float32Array(count);
        const bytes = Buffer.from(aligned.buffer, 0, count * 4);
        rest.copy(bytes, 0, 0, Math.min(restLength, bytes.length));
        const taken = Math.max(0, count * 4 - restLength);
        if (count > 0) chunk.copy(bytes, restLength, 0, taken);
        const left = chunk.subarray(taken);
        if (count > 0) restLength = 0;
        left.copy(rest, restLength);
        restLength += left.length;
        if (count > 0) hear(aligned.subarray(0, count));
        done();
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)));
      }
    },
  });
}
