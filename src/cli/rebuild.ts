/** rebuild and set-public-url: feeds again from the bucket alone; a show moved to another address. */
import { publicUrlProblem, readSettingsWithoutSecrets } from '../config.ts';
import { messageOf, PermanentFailure } from '../domain/failure.ts';
import { ShowId } from '../domain/ids.ts';
import { Show } from '../domain/show.ts';
import { deriveFeed, overruleFeed } from '../pipeline/feed-stage.ts';
import type { ObjectStore } from '../pipeline/ports.ts';
import { changeRecord } from '../pipeline/records.ts';
import { listShows, readShow } from '../pipeline/shows.ts';
import { feedUrl, showKey } from '../storage/object-keys.ts';
import { feedDependencies, openProvenStores, type Stores } from './engine.ts';
import { printResult, table } from './output.ts';
import { UsageError } from './usage-error.ts';

interface RebuiltFeed {
  readonly showId: string;
  readonly result: 'written' | 'unchanged' | 'failed';
  readonly detail: string;
}

export async function rebuild(options: { show?: string; force?: boolean; json?: boolean }): Promise<void> {
  const derive = options.force ? overruleFeed : deriveFeed;
  const settings = readSettingsWithoutSecrets();
  const wanted = options.show === undefined ? undefined : showIdFrom(options.show);
  const stores = await openProvenStores(settings);
  try {
    const feeds: RebuiltFeed[] = [];
    for (const show of await wantedShows(stores, wanted)) {
      try {
        const result = await derive(show.id, feedDependencies(settings, stores));
        feeds.push({
          showId: show.id,
          result,
          detail: feedUrl(show.publicUrl, show.id),
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

function showIdFrom(text: string): ShowId {
  const id = ShowId.safeParse(text);
  if (!id.success) throw new UsageError(`"${text}" is no show id: 1 to 64 of a-z, 0-9 and -`);
  return id.data;
}

export async function setPublicUrl(show: string, url: string, options: { json?: boolean }): Promise<void> {
  const problem = publicUrlProblem(url);
  if (problem !== undefined) throw new UsageError(`the address ${url} ${problem}`);
  const showId = showIdFrom(show);
  const publicUrl = url.replace(/\/+$/, '');
  const settings = { ...readSettingsWithoutSecrets(), publicUrl };
  const stores = await openProvenStores(settings);
  try {
    await existingShow(stores.bucket, showId);
    await changeRecord(stores.bucket, showKey(showId), Show, (current) =>
      current.publicUrl === publicUrl
        ? undefined
        : {
            ...current,
            publicUrl,
            version: current.version + 1,
            updatedAt: new Date().toISOString(),
          },
    );
    const result = await deriveFeed(showId, feedDependencies(settings, stores));
    const feed = feedUrl(publicUrl, showId);
    printResult(options.json === true, { showId, publicUrl, feed, result }, () =>
      [`${showId} lives at ${feed} now.`, `Set AFTERSHOW_PUBLIC_URL=${publicUrl} for every server and worker.`].join(
        '\n',
      ),
    );
  } finally {
    await stores.close();
  }
}
