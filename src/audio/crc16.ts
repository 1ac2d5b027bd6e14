/** The CRC-16 of LAME's header (polynomial 0x8005, bits reflected, nothing inverted; also known as CRC-16/ARC). */

const TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1;
  return crc;
});

/** Of `bytes`, or of all that gave `before` followed by `bytes`. */
export function crc16(bytes: Uint8Array, before = 0): number {
  let crc = before;
  for (let n = 0; n < bytes.length; n += 1) crc = (crc >>> 8) ^ (TABLE[(crc ^ (bytes[n] ?? 0)) & 0xff] ?? 0);
  return crc;
}
