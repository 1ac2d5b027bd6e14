/** Ranges of bytes as the stores give them. */
import type { ByteRange } from '../pipeline/ports.ts';

/** Its end at most the object's last byte. Throws RangeError when not one byte of it is there. */
export function clipRange(key: string, range: ByteRange, lengthBytes: number): ByteRange {
  const { start, end } = range;
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || start < 0 || end < start) {
    throw new RangeError(`${start}-${end} is not a range of bytes (asked of "${key}")`);
  }
  if (start >= lengthBytes) {
    throw new RangeError(`range ${start}-${end} begins beyond the ${lengthBytes} bytes of "${key}"`);
  }
  return { start, end: Math.min(end, lengthBytes - 1) };
}
