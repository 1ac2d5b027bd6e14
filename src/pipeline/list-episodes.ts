/** Pages through a show's episodes: what is listed comes from the catalogue, and of the manifests only a page's are read. */
import type { EpisodeStatus, Manifest } from '../domain/episode.ts';
import { EpisodeId, type ShowId } from '../domain/ids.ts';
import type { FeedEntry } from '../feed/feed-entry.ts';
import { readCatalogue } from './feed-catalogue.ts';
import { readListedEntries } from './feed-sources.ts';
import { readManifest } from './manifests.ts';
import type { ObjectStore } from './ports.ts';

/** Newest first means: by when it was published, else by when the room began. */
const placeOf = ({ publishedAt, startedAt, id }: FeedEntry) => `${publishedAt ?? startedAt} ${id}`;

export const isPlace = (text: string) => /^\S{24} ep-[0-9a-f]{32}$/.test(text);

export interface EpisodesWanted {
  /** All but erased ones when absent. */
  readonly status?: EpisodeStatus | undefined;
  readonly limit: number;
  /** The place that the page before gave as its next; absent for the first page. */
  readonly after?: string | undefined;
}

export interface EpisodePage {
  readonly episodes: readonly Manifest[];
  /** Present when there are more. */
  readonly next?: string;
}

export async function listEpisodes(
  bucket: ObjectStore,
  showId: ShowId,
  { status, limit, after }: EpisodesWanted,
): Promise<EpisodePage> {
  const isWanted = (episode: Pick<FeedEntry, 'status'>) =>
    status === undefined ? episode.status !== 'erased' : episode.status === status;
  const { known } = await readCatalogue(bucket, showId);
  const { entries } = await readListedEntries(bucket, showId, known);
  const rest = [...entries.values()]
    .flatMap(({ value }) => (isWanted(value) ? [{ id: value.id, place: placeOf(value) }] : []))
    .filter(({ place }) => after === undefined || place < after)
    .sort((a, b) => (a.place < b.place ? 1 : -1));
  const page = rest.slice(0, limit);
  const records = await Promise.all(page.map(({ id }) => readManifest(bucket, showId, EpisodeId.parse(id))));
  // Between the listing and the reading an episode may have changed.
  const episodes = records.flatMap((record) => (record && isWanted(record.value) ? [record.value] : []));
  const last = page.at(-1);
  return { episodes, ...(last && rest.length > limit && { next: last.place }) };
}
