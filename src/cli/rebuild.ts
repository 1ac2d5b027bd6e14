/** rebuild: feeds again from the bucket alone. */
import { readSettingsWithoutSecrets } from '../config.ts';
import { messageOf, PermanentFailure } from '../domain/failure.ts';
import type { ShowId } from '../domain/ids.ts';
import type { Show } from '../domain/show.ts';
import { deriveFeed, overruleFeed } from '../pipeline/feed-stage.ts';
import type { ObjectStore } from '../pipeline/ports.ts';
import { listShows, readShow } from '../pipeline/shows.ts';
import { feedUrl, visibilityOf } from '../storage/object-keys.ts';
import { feedDependencies, openProvenStores, type Stores } from './engine.ts';
import { printResult, table } from './output.ts';
import { showIdFrom } from './show-id.ts';

interface RebuiltFeed {
  readonly showId: string;
  readonly result: 'written' | 'unchanged' | 'failed';
  readonly detail: string;
}

export async function rebuild(options: { show?: string; force?: boolean; json?: boolean }): Promise<void> {
  const settings = readSettingsWithoutSecrets();
  const wanted = options.show === undefined ? undefined : showIdFrom(options.show);
  const stores = await openProvenStores(settings);
  try {
    const feeds: RebuiltFeed[] = [];
    for (const show of await wantedShows(stores, wanted)) {
      try {
        const dependencies = feedDependencies(settings, stores);
        const result = options.force
          ? await overruleFeed(show.id, dependencies)
          : await deriveFeed(show.id, dependencies, { fromScratch: true });
        feeds.push({
          showId: show.id,
          result,
          detail: feedUrl(show.publicUrl, show.id, visibilityOf(show)),
        });
      } catch (error) {
        feeds.push({
          showId: show.id,
          result: 'failed',
          detail: messageOf(error),
        });
      }
    }
    if (feeds.some(({ result }) => result === 'failed')) process.exitCode = 1;
    printResult(options.json === true, { feeds }, () =>
      feeds.length === 0
        ? 'There are no shows yet.'
        : table(feeds.map(({ showId, result, detail }) => [showId, result, detail])),
    );
  } finally {
    await stores.close();
  }
}

async function wantedShows({ bucket }: Stores, wanted: ShowId | undefined): Promise<Show[]> {
  return wanted === undefined ? listShows(bucket) : [await existingShow(bucket, wanted)];
}

async function existingShow(bucket: ObjectStore, showId: ShowId): Promise<Show> {
  const show = await readShow(bucket, showId);
  if (!show) throw new PermanentFailure('not-found', `there is no show ${showId} in ${bucket.description}`);
  return show;
}
