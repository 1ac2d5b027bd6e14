/** WebM files whose clusters tell another time than they were written with. */

const CLUSTER = 0x1f43_b675;
const TIMESTAMP = 0xe7;

/** Of a file by ffmpeg: a cluster's size takes eight bytes, and its time comes first. Sizes become unknown, as in a live stream. */
export function withClusterTimes(webm: Uint8Array, change: (milliseconds: number, cluster: number) => number): Buffer {
  const bytes = Buffer.from(webm);
  const id = Buffer.alloc(4);
  id.writeUInt32BE(CLUSTER);
  const parts: Uint8Array[] = [];
  let copied = 0;
  let cluster = 0;
  for (let at = bytes.indexOf(id); at >= 0; at = bytes.indexOf(id, at + 4)) {
    const size = at + 4;
    const width = Math.clz32(bytes[size] ?? 0) - 23;
    const time = size + width;
    if (bytes[time] !== TIMESTAMP) continue;
    const length = (bytes[time + 1] ?? 0x80) & 0x7f;
    const milliseconds = change(bytes.readUIntBE(time + 2, length), cluster);
    const changed = Buffer.alloc(10, 0);
    changed.set([TIMESTAMP, 0x88]);
    changed.writeBigUInt64BE(BigInt(milliseconds), 2);
    parts.push(bytes.subarray(copied, size), unknownSize(width), changed);
    copied = time + 2 + length;
    cluster += 1;
  }
  if (cluster < 2) throw new Error(`the file holds ${cluster} clusters: there is no clock to change`);
  const all = Buffer.concat([...parts, bytes.subarray(copied)]);
  // What was put in makes the whole longer than it claims.
  const segment = all.indexOf(Buffer.from([0x18, 0x53, 0x80, 0x67])) + 4;
  all.set(unknownSize(Math.clz32(all[segment] ?? 0) - 23), segment);
  return all;
}

function unknownSize(width: number): Buffer {
  const size = Buffer.alloc(width, 0xff);
  size[0] = 0xff >> (width - 1);
  return size;
}
