/** Moves of a show: to another address of ours, or away to another host. Identity and GUIDs stay. */
import { PermanentFailure } from '../domain/failure.ts';
import type { ShowId } from '../domain/ids.ts';
import { Show } from '../domain/show.ts';
import { error, type Finding, warning } from '../feed/feed-check.ts';
import { planImport } from '../feed/feed-import.ts';
import { feedUrl, showKey } from '../storage/object-keys.ts';
import { deriveFeed, type FeedDependencies, type FeedResult, ownShow } from './feed-stage.ts';
import { readPages } from './import-pages.ts';
import { readManifests } from './manifests.ts';
import { changeRecord } from './records.ts';
import { renewPicturedChapters } from './renew-chapters.ts';
import { readShow } from './shows.ts';
import type { Web } from './web.ts';

export interface MovedShow {
  readonly show: Show;
  readonly result: FeedResult;
}

/**
 * All links begin with `dependencies.publicUrl` from now on; the one before is kept, so that the feed there can send
 * apps on. Throws PermanentFailure('not-found').
 */
export async function changePublicUrl(
  showId: ShowId,
  dependencies: FeedDependencies,
): Promise<MovedShow & { readonly formerPublicUrl: string | undefined }> {
  const { bucket, clock, publicUrl } = dependencies;
  if (!(await readShow(bucket, showId))) throw new PermanentFailure('not-found', `There is no show ${showId}.`);
  let formerPublicUrl: string | undefined;
  const { value: show } = await changeRecord(bucket, showKey(showId), Show, (current) => {
    formerPublicUrl = undefined;
    if (current.publicUrl === publicUrl) return undefined;
    formerPublicUrl = current.publicUrl;
    const former = [...(current.formerPublicUrls ?? []), current.publicUrl];
    return {
      ...current,
      publicUrl,
      formerPublicUrls: [...new Set(former)].filter((url) => url !== publicUrl),
      version: current.version + 1,
      updatedAt: clock.now().toISOString(),
    };
  });
  if (formerPublicUrl !== undefined) await renewPicturedChapters(showId, dependencies);
  return { show, formerPublicUrl, result: await deriveFeed(showId, dependencies) };
}

/** `newFeedUrl` undefined: the show is back. The feed goes on being made, and media served. */
export async function moveOut(
  showId: ShowId,
  newFeedUrl: string | undefined,
  dependencies: FeedDependencies,
): Promise<MovedShow> {
  const { bucket, clock } = dependencies;
  const own = await ownShow(showId, dependencies);
  if (newFeedUrl === feedUrl(own.publicUrl, showId)) {
    throw new PermanentFailure(
      'bad-request',
      `${newFeedUrl} is where the feed is already: give its address at the new host.`,
    );
  }
  const { value: show } = await changeRecord(bucket, showKey(showId), Show, (current) => {
    if (current.newFeedUrl === newFeedUrl) return undefined;
    const { newFeedUrl: _before, ...rest } = current;
    return {
      ...rest,
      ...(newFeedUrl === undefined ? {} : { newFeedUrl }),
      version: current.version + 1,
      updatedAt: clock.now().toISOString(),
    };
  });
  return { show, result: await deriveFeed(showId, dependencies) };
}

/** What listeners would lose if apps were sent to the feed at `newFeedUrl` now. Empty: nothing. */
export async function checkNewFeed(
  showId: ShowId,
  newFeedUrl: string,
  web: Web,
  dependencies: FeedDependencies,
  signal: AbortSignal,
): Promise<Finding[]> {
  const show = await ownShow(showId, dependencies);
  const own = feedUrl(show.publicUrl, showId);
  const read = await readPages({ kind: 'url', url: newFeedUrl }, web, signal);
  const { channel, items } = planImport(read.pages, dependencies.clock.now());
  const findings: Finding[] = [];
  if (!read.isComplete)
    findings.push(warning('pages-unread', 'Not all pages of the new feed could be read', newFeedUrl));
  if (read.url === own || channel.newFeedUrl === own) {
    findings.push(error('leads-back', `${newFeedUrl} leads back here, to ${own}: apps would go in a circle`));
  }
  if (channel.podcastGuid?.toLowerCase() !== show.podcastGuid) {
    const there =
      channel.podcastGuid === undefined ? 'has no podcast:guid' : `has another podcast:guid, ${channel.podcastGuid}`;
    findings.push(
      warning(
        'podcast-guid-differs',
        `The new feed ${there}; the show’s is ${show.podcastGuid}: directories may take it for another show`,
      ),
    );
  }
  const there = new Set(items.map(({ guid }) => guid));
  const here = (await readManifests(dependencies.bucket, showId)).filter(({ status }) => status === 'published');
  const missing = here.filter(({ guid }) => !there.has(guid));
  for (const { guid, title } of missing.slice(0, 20)) {
    findings.push(
      error(
        'guid-missing',
        `The new feed has no episode with the guid ${guid}: apps would drop it, or show it twice`,
        title,
      ),
    );
  }
  if (missing.length > 20) findings.push(error('guid-missing', `… and ${missing.length - 20} more episodes`));
  return findings;
}
