/** Which episodes are made of which recordings, so that none is removed that another still needs. */
import { Manifest } from '../domain/episode.ts';
import type { EpisodeId, ShowId } from '../domain/ids.ts';
import type { Retained } from '../domain/retention.ts';
import { Show } from '../domain/show.ts';
import { isManifestKey, SHOWS_PREFIX, showIdOfKey } from '../storage/object-keys.ts';
import type { Log, ObjectStore } from './ports.ts';
import { listAll, readRecord } from './records.ts';

/** What is remembered of a manifest while its ETag stays. */
export interface KnownEpisode {
  readonly etag: string;
  readonly showId: ShowId;
  readonly id: EpisodeId;
  readonly version: number;
  /** In the track store. */
  readonly keys: readonly string[];
  readonly retained: Retained;
}

type KnownShows = Map<string, { readonly etag: string; readonly show: Show }>;

const PARALLEL_READS = 16;

/** One LIST for every thousand objects, and a read of each manifest that changed since the last look. */
export class TrackUsers {
  readonly #bucket: ObjectStore;
  readonly #log: Log;
  #episodes = new Map<string, KnownEpisode>();
  #shows: KnownShows = new Map();
  #users = new Map<string, KnownEpisode[]>();
  /** Keys of shows themselves: pictures and jingles. */
  #ofShows = new Set<string>();
  #unreadable = false;

  constructor(bucket: ObjectStore, log: Log) {
    this.#bucket = bucket;
    this.#log = log;
  }

  get episodes(): Iterable<KnownEpisode> {
    return this.#episodes.values();
  }

  showOf(id: ShowId): Show | undefined {
    return this.#shows.get(id)?.show;
  }

  /** What it knows stays as it was when the signal aborts. */
  async refresh(signal?: AbortSignal): Promise<void> {
    const episodes = new Map<string, KnownEpisode>();
    const shows: KnownShows = new Map();
    const changed: { readonly key: string; readonly etag: string }[] = [];
    for await (const { key, etag } of listAll(this.#bucket, SHOWS_PREFIX)) {
      if (signal?.aborted) return;
      const known = this.#episodes.get(key);
      if (isManifestKey(key)) {
        if (known?.etag === etag) episodes.set(key, known);
        else changed.push({ key, etag });
      }
      const showId = showIdOfKey(key);
      if (showId) shows.set(showId, await this.#show(showId, key, etag));
    }
    this.#unreadable = false;
    for (let from = 0; from < changed.length; from += PARALLEL_READS) {
      if (signal?.aborted) return;
      const page = changed.slice(from, from + PARALLEL_READS);
      for (const [index, known] of (await Promise.all(page.map((one) => this.#read(one)))).entries()) {
        const { key } = page[index] ?? {};
        if (known && key !== undefined) episodes.set(key, known);
      }
    }
    this.#remember(episodes, shows);
  }

  /** By an episode other than `by`, or as a show's picture or jingle. Where a record cannot be read, all is. */
  isUsed(key: string, by: EpisodeId, needs: (other: KnownEpisode) => boolean = () => true): boolean {
    if (this.#unreadable || this.#ofShows.has(key)) return true;
    return (this.#users.get(key) ?? []).some((other) => other.id !== by && needs(other));
  }

  #remember(episodes: Map<string, KnownEpisode>, shows: KnownShows): void {
    this.#episodes = episodes;
    this.#shows = shows;
    this.#users = new Map();
    for (const known of episodes.values()) {
      for (const key of known.keys) this.#users.set(key, [...(this.#users.get(key) ?? []), known]);
    }
    const keysOf = ({ artworkKey, sound: { introKey, outroKey, bedKey } }: Show) => [
      ...[artworkKey, introKey, outroKey, bedKey],
    ];
    this.#ofShows = new Set([...shows.values()].flatMap(({ show }) => keysOf(show)).filter((key) => key !== undefined));
  }

  async #show(showId: ShowId, key: string, etag: string) {
    const known = this.#shows.get(showId);
    if (known?.etag === etag) return known;
    const show = await readRecord(this.#bucket, key, Show);
    if (!show) throw new Error(`${key} went away while it was looked at`);
    return { etag, show: show.value };
  }

  async #read({ key, etag }: { key: string; etag: string }): Promise<KnownEpisode | undefined> {
    try {
      const manifest = (await readRecord(this.#bucket, key, Manifest))?.value;
      return manifest && knownEpisode(manifest, etag);
    } catch (error) {
      // Nobody knows what it needs: nothing is removed until it can be read.
      this.#unreadable = true;
      this.#log.error({ key, reason: String(error) }, 'a manifest cannot be read: no recordings are removed meanwhile');
      return undefined;
    }
  }
}

function knownEpisode(manifest: Manifest, etag: string): KnownEpisode {
  const {
    showId,
    id,
    version,
    tracks,
    artworkKey,
    status,
    failure,
    publishedAt,
    updatedAt,
    removal,
    imported,
    retired,
  } = manifest;
  const { renderRequest, renderedRequest, publishRequest, publishedRequest, chapters = [] } = manifest;
  return {
    ...{ etag, showId, id, version },
    keys: [artworkKey, ...tracks.map(({ key }) => key), ...chapters.map(({ imageKey }) => imageKey)].filter(
      (key) => key !== undefined,
    ),
    retained: {
      ...{ status, failure, publishedAt, updatedAt, removal, imported, retired },
      ...{ renderRequest, renderedRequest, publishRequest, publishedRequest },
    },
  };
}
