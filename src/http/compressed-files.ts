/** Feeds and companions compressed once for each version, however often they are asked for; in bounded memory. */
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createBrotliCompress, createGzip } from 'node:zlib';
import type { ObjectInfo } from '../pipeline/ports.ts';
import type { Coding } from './content-coding.ts';

export type Compression = Exclude<Coding, 'identity'>;

/** Of all that is kept; a feed of 10,000 episodes takes about three million of them. */
const MAX_KEPT_BYTES = 32 * 1024 * 1024;
/** Compressing is for the machine's cores, not for one request each. */
const AT_ONCE = 2;
/** A tenth smaller than gzip in little more time; each step beyond takes nearly twice as long for a few hundredths. */
const BROTLI_QUALITY = 4;

export class CompressedFiles {
  /** Least recently asked for first. */
  private readonly kept = new Map<string, Buffer>();
  private readonly underWay = new Map<string, Promise<Buffer | undefined>>();
  private readonly waiting: (() => void)[] = [];
  private readonly maxKeptBytes: number;
  private keptBytes = 0;
  private running = 0;

  constructor(maxKeptBytes = MAX_KEPT_BYTES) {
    this.maxKeptBytes = maxKeptBytes;
  }

  /**
   * The compressed bytes of exactly this version. `open` is asked only when they are not kept, once for all who ask at
   * the same time; undefined when it gives nothing. Not ended by one client's going away: others wait for it too.
   */
  async get(
    { key, etag }: Pick<ObjectInfo, 'key' | 'etag'>,
    coding: Compression,
    open: () => Promise<Readable | undefined>,
  ): Promise<Buffer | undefined> {
    const name = `${coding} ${etag} ${key}`;
    const known = this.kept.get(name);
    if (known) {
      this.kept.delete(name);
      this.kept.set(name, known);
      return known;
    }
    const started = this.underWay.get(name) ?? this.make(name, coding, open);
    this.underWay.set(name, started);
    return started;
  }

  private async make(name: string, coding: Compression, open: () => Promise<Readable | undefined>) {
    try {
      await this.turn();
      const body = await open();
      const compressed = body && (await compressWhole(body, coding));
      if (compressed) this.keep(name, compressed);
      return compressed;
    } finally {
      this.underWay.delete(name);
      this.running -= 1;
      this.waiting.shift()?.();
    }
  }

  private async turn(): Promise<void> {
    this.running += 1;
    if (this.running > AT_ONCE) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  private keep(name: string, compressed: Buffer): void {
    if (compressed.length > this.maxKeptBytes) return;
    this.kept.set(name, compressed);
    this.keptBytes += compressed.length;
    for (const [oldest, bytes] of this.kept) {
      if (this.keptBytes <= this.maxKeptBytes) break;
      this.kept.delete(oldest);
      this.keptBytes -= bytes.length;
    }
  }
}

function compressor(coding: Compression) {
  return coding === 'gzip'
    ? createGzip()
    : createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } });
}

/** Only what comes out is held, never the plain bytes. Throws what the body throws. */
async function compressWhole(body: Readable, coding: Compression): Promise<Buffer> {
  const chunks: Buffer[] = [];
  await pipeline(body, compressor(coding), async (compressed) => {
    for await (const chunk of compressed) chunks.push(chunk as Buffer);
  });
  return Buffer.concat(chunks);
}
