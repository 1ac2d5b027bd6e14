/** What counting needs to know of an audio file: where its sound begins, and how many bytes of it are a minute. */
import { buffer } from 'node:stream/consumers';
import type { Manifest } from '../domain/episode.ts';
import { type FileMeasure, id3Length, measureFile } from '../downloads/countable.ts';
import { episodeOfAudioKey } from '../storage/object-keys.ts';
import { readManifest } from './manifests.ts';
import type { ObjectStore } from './ports.ts';

/** Files are immutable, so what was once found holds; more than this many at a time are asked for anew. */
const MAX_KNOWN = 2_000;
const HEAD_BYTES = 10;

/** Reads at most a manifest, a HEAD and ten bytes for a file, and remembers the answer. */
export class DownloadFiles {
  readonly #bucket: ObjectStore;
  readonly #known = new Map<string, FileMeasure>();

  constructor(bucket: ObjectStore) {
    this.#bucket = bucket;
  }

  /** Undefined when no episode has this audio. The file itself may be gone: then the episode's present audio tells the rate. */
  async measure(key: string): Promise<FileMeasure | undefined> {
    const known = this.#known.get(key);
    if (known) return known;
    const ids = episodeOfAudioKey(key);
    const manifest = ids && (await readManifest(this.#bucket, ids.showId, ids.episodeId))?.value;
    if (!manifest) return undefined;
    const measure = await this.#look(key, manifest);
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    this.#known.set(key, measure);
    return measure;
  }

  async #look(key: string, { audio, alternates = [] }: Manifest): Promise<FileMeasure> {
    const described = [...(audio ? [audio] : []), ...alternates].find((file) => file.key === key);
    const info = await this.#bucket.head(key);
    return measureFile({
      lengthBytes: info?.lengthBytes ?? described?.lengthBytes ?? Number.MAX_SAFE_INTEGER,
      soundFromByte: info ? await this.#tagLength(key, info.lengthBytes) : 0,
      ...(described && audio ? { durationSeconds: audio.durationSeconds } : {}),
      ...(audio ? { bytesPerSecond: audio.lengthBytes / audio.durationSeconds } : {}),
    });
  }

  async #tagLength(key: string, lengthBytes: number): Promise<number> {
    if (!key.endsWith('.mp3') || lengthBytes < HEAD_BYTES) return 0;
    const object = await this.#bucket.get(key, { range: { start: 0, end: HEAD_BYTES - 1 } });
    return object ? id3Length(await buffer(object.body)) : 0;
  }
}
