/**
 * What a feed needs of a manifest, and nothing else: ten thousand of these are held where ten thousand manifests with
 * their tracks and history would not be. What is left out is named, so that what is new in a manifest is never lost.
 */
import type { EpisodeStatus, Manifest } from '../domain/episode.ts';
import { isInFeed, type PublishedEpisode } from './feed-item.ts';

export interface FeedEntry {
  readonly id: string;
  readonly status: EpisodeStatus;
  /** Counts into the feed's generation, whatever the episode's state. */
  readonly version: number;
  readonly updatedAt: string;
  readonly startedAt: string;
  /** When it was first public, also of those that are not any more: its place in the feed for ever. */
  readonly publishedAt?: string;
  /** Present while it is in the feed; without what no feed tells. */
  readonly episode?: PublishedEpisode;
}

/** One track for everybody who is heard: the feed asks no more of them than whose they are. */
function tracksHeard(tracks: Manifest['tracks']): Manifest['tracks'] {
  const heard = new Map<string, Manifest['tracks'][number]>();
  for (const { participantId, key, startedAt, kind, state } of tracks) {
    if (state === 'present' || state === 'incomplete')
      heard.set(participantId, { participantId, key, startedAt, kind, state });
  }
  return [...heard.values()];
}

function withoutInside(episode: PublishedEpisode): PublishedEpisode {
  return {
    ...episode,
    tracks: tracksHeard(episode.tracks),
    renderKeys: [],
    superseded: [],
    warnings: [],
    history: [],
    outbox: [],
  };
}

export function feedEntry(manifest: Manifest): FeedEntry {
  const { id, status, version, updatedAt, startedAt, publishedAt } = manifest;
  return {
    ...{ id, status, version, updatedAt, startedAt },
    ...(publishedAt === undefined ? {} : { publishedAt }),
    ...(isInFeed(manifest) ? { episode: withoutInside(manifest) } : {}),
  };
}

const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** One order for the feed and its archive, for ever: a withdrawn episode keeps its place. */
export function newestFirst(a: FeedEntry, b: FeedEntry): number {
  return byText(b.publishedAt ?? '', a.publishedAt ?? '') || byText(b.startedAt, a.startedAt) || byText(a.id, b.id);
}
