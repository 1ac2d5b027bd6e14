/** Reads decoded samples out of lane files, wherever they are asked for. */
import { closeSync, openSync, readSync } from 'node:fs';
import { LaneIndex, unpackSteps } from '../../audio/kept-sound.ts';
import type { LaneFile } from './lane-file.ts';

interface OpenLane {
  readonly descriptor: number;
  readonly index: LaneIndex;
}

export class LaneReader {
  readonly #files: ReadonlyMap<number, LaneFile>;
  readonly #open = new Map<number, OpenLane>();
  #bytes = new Uint8Array(64 * 1024);
  #samples = new Float32Array(32 * 1024);

  constructor(lanes: readonly (readonly [number, LaneFile])[]) {
    this.#files = new Map(lanes);
  }

  /** Zeros where nothing was kept. Valid until the next call. */
  read(lane: number, fromSample: number, count: number): Float32Array {
    const { descriptor, index } = this.#opened(lane);
    if (this.#samples.length < count) this.#samples = new Float32Array(count);
    const samples = this.#samples.subarray(0, count).fill(0);
    for (const { fileOffset, byteLength, intoOffset } of index.locate(fromSample, count)) {
      if (this.#bytes.length < byteLength) this.#bytes = new Uint8Array(byteLength);
      const bytes = this.#bytes.subarray(0, byteLength);
      let got = 0;
      while (got < byteLength) {
        const now = readSync(descriptor, bytes, got, byteLength - got, fileOffset + got);
        if (now === 0) throw new Error(`lane ${lane} ends after ${fileOffset + got} bytes, before what it must hold`);
        got += now;
      }
      unpackSteps(bytes, samples, intoOffset);
    }
    return samples;
  }

  close(): void {
    for (const { descriptor } of this.#open.values()) closeSync(descriptor);
    this.#open.clear();
  }

  #opened(lane: number): OpenLane {
    const known = this.#open.get(lane);
    if (known) return known;
    const file = this.#files.get(lane);
    if (file === undefined) throw new Error(`a cue names lane ${lane}, which was not handed in`);
    const opened = { descriptor: openSync(file.path, 'r'), index: new LaneIndex(file.kept) };
    this.#open.set(lane, opened);
    return opened;
  }
}
