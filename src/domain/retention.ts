/** How long each class of what is stored is kept, and what of an episode is due when. Pure. */
import { z } from 'zod';
import type { Manifest } from './episode.ts';
import { isSettled } from './episode-life.ts';

const DAY_MS = 24 * 3600 * 1000;
const Days = z.int().min(0).max(36_500).nullable();

/** Of a show, in days; null: kept. */
export const Retention = z.object({
  /** After publishing: the platform's recordings, and what was heard in them. Edits are made of stems then. */
  tracksDays: Days.default(30),
  /** After publishing; null: as long as the episode is published. Without them no edit is possible any more. */
  stemsAndMastersDays: Days.default(null),
  /** After publishing: what the platform told of the room. A digest stays, so that it is known when it comes again. */
  intakeDays: Days.default(null),
  /** After publishing: the episode is withdrawn then. */
  publishedDays: Days.default(null),
  /** After the last change of an episode in this state: its recordings, stems and masters. */
  unpublishedDays: Days.default(365),
  draftDays: Days.default(365),
  failedDays: Days.default(90),
});
export type Retention = z.infer<typeof Retention>;

export type RetentionClass = 'tracks' | 'stemsAndMasters' | 'intake' | 'published';

export interface Due {
  readonly class: RetentionClass;
  /** ISO 8601. */
  readonly at: string;
  /** The setting that says so. */
  readonly because: keyof Retention;
}

/** What retention looks at. */
export type Retained = Pick<
  Manifest,
  | 'status'
  | 'failure'
  | 'publishedAt'
  | 'updatedAt'
  | 'renderRequest'
  | 'renderedRequest'
  | 'publishRequest'
  | 'publishedRequest'
  | 'removal'
  | 'imported'
  | 'retired'
>;

/**
 * When each class goes, earliest first; those that are kept, or gone already, are not in it. Nothing is due of an episode
 * that something is still to be made of, and recordings of one that could not be made anew wait as those of a failed one.
 */
export function dueOf(manifest: Retained, retention: Retention): Due[] {
  const { status, publishedAt, updatedAt, retired = {}, imported } = manifest;
  if (status === 'erased' || !isSettled(manifest) || manifest.removal) return [];
  const due: Due[] = [];
  const add = (name: RetentionClass, because: keyof Retention, since: string, notBefore = 0) => {
    const days = retention[because];
    if (days === null || (name !== 'published' && retired[name] !== undefined)) return;
    due.push({
      class: name,
      at: new Date(Math.max(Date.parse(since) + days * DAY_MS, notBefore)).toISOString(),
      because,
    });
  };
  const audio: readonly RetentionClass[] = imported ? [] : ['tracks', 'stemsAndMasters'];
  if (status === 'published' && publishedAt) {
    // What could not be made anew may be tried again: recordings and stems wait for it.
    const wait = manifest.failure ? retention.failedDays : 0;
    if (wait !== null) {
      const notBefore = wait === 0 ? 0 : Date.parse(updatedAt) + wait * DAY_MS;
      if (audio.includes('tracks')) add('tracks', 'tracksDays', publishedAt, notBefore);
      if (audio.includes('stemsAndMasters')) add('stemsAndMasters', 'stemsAndMastersDays', publishedAt, notBefore);
    }
    add('intake', 'intakeDays', publishedAt);
    add('published', 'publishedDays', publishedAt);
  } else if (status === 'unpublished' || status === 'draft' || status === 'failed') {
    for (const name of audio) add(name, `${status}Days`, updatedAt);
    if (status === 'unpublished' && publishedAt) {
      add('intake', 'intakeDays', publishedAt);
      if (audio.includes('tracks')) add('tracks', 'tracksDays', publishedAt);
    }
  }
  return earliestOfEach(due);
}

function earliestOfEach(due: readonly Due[]): Due[] {
  const sorted = due.toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  return sorted.filter((one, place) => sorted.findIndex((other) => other.class === one.class) === place);
}
