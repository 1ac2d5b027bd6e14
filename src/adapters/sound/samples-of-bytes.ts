/** Raw sound that comes in pieces of any size, as samples. */

/**
 * Takes 32-bit floats (little-endian, as every machine that runs this has them). What `hear` is given is valid until it
 * returns.
 */
export function samplesOfBytes(hear: (samples: Float32Array) => void): (bytes: Buffer) => void {
  const rest = Buffer.alloc(4);
  let restLength = 0;
  let aligned = new Float32Array(16_384);
  return (chunk) => {
    if (restLength === 0 && chunk.length % 4 === 0 && chunk.byteOffset % 4 === 0) {
      // As good as always: pipes are read in whole pages.
      if (chunk.length > 0) hear(new Float32Array(chunk.buffer, chunk.byteOffset, chunk.length / 4));
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
  };
}
