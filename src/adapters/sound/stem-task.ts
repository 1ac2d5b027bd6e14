/** Encodes a stem only where it sounds, and puts packets of silence between: as if all of it had been encoded. */
import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { fitsOnPage, OggPacketReader, type OggPage, oggPage, preSkipOf, segmentsOf } from '../../audio/ogg-opus.ts';
import { STEM_PACKET_SAMPLES } from '../../audio/stem-slots.ts';
import { encodeTask } from './encode-task.ts';
import type { StemTask } from './thread-messages.ts';

export async function stemTask(
  task: StemTask,
  signal: AbortSignal,
  onProgress: (seconds: number) => void,
): Promise<null> {
  await encodeTask(task.encode, signal, onProgress);
  spread(task);
  rmSync(task.compactPath);
  return null;
}

function spread({ compactPath, stemPath, slots, durationSamples }: StemTask): void {
  const packets = packetsOf(compactPath);
  const next = (): Uint8Array => {
    const { value } = packets.next();
    if (value === undefined) throw new Error('the encoder of a stem gave fewer packets than it was given sound for');
    return value;
  };
  const head = next();
  const stem = new StemWriter(stemPath, head, durationSamples + preSkipOf(head));
  try {
    stem.addHeader(next());
    let last: Uint8Array | undefined;
    let taken = 0;
    for (const { fromSlot, toSlot, compactSlot } of slots) {
      for (; taken < compactSlot; taken += 1) last = next();
      while (last && stem.slot < fromSlot && !stem.isFull) stem.add(last);
      for (; stem.slot < toSlot && !stem.isFull; taken += 1) {
        last = next();
        stem.add(last);
      }
    }
    while (last && !stem.isFull) stem.add(last);
  } finally {
    packets.return(undefined);
    stem.close();
  }
}

const READ_BYTES = 256 * 1024;

function* packetsOf(path: string): Generator<Uint8Array, undefined> {
  const file = openSync(path, 'r');
  try {
    const reader = new OggPacketReader();
    const buffer = Buffer.alloc(READ_BYTES);
    for (let count = readSync(file, buffer); count > 0; count = readSync(file, buffer)) {
      yield* reader.read(buffer.subarray(0, count));
    }
  } finally {
    closeSync(file);
  }
}

/** About a second, as ffmpeg fills its pages. */
const PACKETS_PER_PAGE = 17;
/** One stream alone needs no number of its own; the same sound is to be the same bytes. */
const SERIAL = 1;
const WRITE_BYTES = 256 * 1024;

class StemWriter {
  /** Audio packets so far. */
  slot = 0;
  readonly #file: number;
  readonly #totalSamples: number;
  #pages: Uint8Array[] = [];
  #pageBytes = 0;
  #sequence = 0;
  #packets: Uint8Array[] = [];
  #segments = 0;

  /** `totalSamples`: pre-skip included. */
  constructor(path: string, head: Uint8Array, totalSamples: number) {
    this.#file = openSync(path, 'w');
    this.#totalSamples = totalSamples;
    this.#writePage([head], 'first', 0);
  }

  get isFull(): boolean {
    return this.slot * STEM_PACKET_SAMPLES >= this.#totalSamples;
  }

  addHeader(packet: Uint8Array): void {
    this.#writePage([packet], 'middle', 0);
  }

  add(packet: Uint8Array): void {
    const segments = segmentsOf(packet);
    if (this.#packets.length === PACKETS_PER_PAGE || !fitsOnPage(this.#segments + segments)) this.#endPage('middle');
    this.#packets.push(packet);
    this.#segments += segments;
    this.slot += 1;
  }

  close(): void {
    try {
      this.#endPage('last');
      this.#flush();
    } finally {
      closeSync(this.#file);
    }
  }

  #endPage(place: OggPage['place']): void {
    // What the last packet holds beyond the end is not played.
    const granule = Math.min(this.slot * STEM_PACKET_SAMPLES, this.#totalSamples);
    this.#writePage(this.#packets, place, granule);
    [this.#packets, this.#segments] = [[], 0];
  }

  #writePage(packets: readonly Uint8Array[], place: OggPage['place'], granule: number): void {
    const page = oggPage({ packets, place, granule, serial: SERIAL, sequence: this.#sequence });
    this.#sequence += 1;
    this.#pages.push(page);
    this.#pageBytes += page.length;
    if (this.#pageBytes >= WRITE_BYTES) this.#flush();
  }

  #flush(): void {
    const bytes = Buffer.concat(this.#pages);
    for (let written = 0; written < bytes.length; ) {
      written += writeSync(this.#file, bytes, written, bytes.length - written);
    }
    [this.#pages, this.#pageBytes] = [[], 0];
  }
}
