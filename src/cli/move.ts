/** set-public-url and move-out: a show at another address of ours, or at another host. */
import { createFeedWeb } from '../adapters/feed-web.ts';
import { publicUrlProblem, readSettingsWithoutSecrets } from '../config.ts';
import { PermanentFailure } from '../domain/failure.ts';
import { isWebAddress } from '../domain/room.ts';
import { changePublicUrl, checkNewFeed, moveOut } from '../pipeline/move-show.ts';
import { feedUrl, visibilityOf } from '../storage/object-keys.ts';
import { feedDependencies, openProvenStores } from './engine.ts';
import { printResult, say, table } from './output.ts';
import { stopSignal } from './run.ts';
import { showIdFrom } from './show-id.ts';
import { UsageError } from './usage-error.ts';

export async function setPublicUrl(show: string, url: string, options: { json?: boolean }): Promise<void> {
  const problem = publicUrlProblem(url);
  if (problem !== undefined) throw new UsageError(`the address ${url} ${problem}`);
  const showId = showIdFrom(show);
  const publicUrl = url.replace(/\/+$/, '');
  const settings = { ...readSettingsWithoutSecrets(), publicUrl };
  const stores = await openProvenStores(settings);
  try {
    const { show: moved, result, formerPublicUrl } = await changePublicUrl(showId, feedDependencies(settings, stores));
    const feedAt = (base: string) => feedUrl(base, showId, visibilityOf(moved));
    const feed = feedAt(publicUrl);
    const former = formerPublicUrl === undefined ? {} : { formerPublicUrl };
    printResult(options.json === true, { showId, publicUrl, feed, result, ...former }, () =>
      [
        `${showId} lives at ${feed} now.`,
        `Set AFTERSHOW_PUBLIC_URL=${publicUrl} for every server and worker: with another address they no longer write its feed.`,
        ...(formerPublicUrl === undefined
          ? []
          : moved.private
            ? [
                `Listeners’ addresses begin with it. Keep ${formerPublicUrl} leading to this server: their apps read the new one there.`,
              ]
            : nextSteps(formerPublicUrl, feedAt(formerPublicUrl), feed)),
      ].join('\n'),
    );
  } finally {
    await stores.close();
  }
}

function nextSteps(formerPublicUrl: string, oldFeed: string, feed: string): string[] {
  return [
    `Apps still ask ${oldFeed}. Keep ${formerPublicUrl} answering for at least four weeks, the longer the better:`,
    `  - where it leads to this server, the feed there answers 301 to the new address by itself, and audio goes on;`,
    `  - where a CDN or bucket answers by itself, have it send 301 from ${oldFeed} to ${feed}, and go on serving the rest.`,
    'podcast:guid and every GUID stay, so apps take nothing for new.',
  ];
}

interface MoveOutOptions {
  readonly undo?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
}

export async function moveOutCommand(
  show: string,
  newFeedUrl: string | undefined,
  options: MoveOutOptions,
): Promise<void> {
  const showId = showIdFrom(show);
  const target = targetOf(newFeedUrl, options);
  const settings = readSettingsWithoutSecrets();
  const stores = await openProvenStores(settings);
  try {
    const dependencies = feedDependencies(settings, stores);
    if (target !== undefined && !options.force) await refuseLosses(showId, target, dependencies);
    const { show: moved, result } = await moveOut(showId, target, dependencies);
    const feed = feedUrl(moved.publicUrl, showId, visibilityOf(moved));
    printResult(options.json === true, { showId, feed, newFeedUrl: target ?? null, result }, () =>
      target === undefined
        ? `${showId} is back: ${feed} is served again.`
        : [
            moved.private
              ? `The feeds of ${showId} name ${target} in itunes:new-feed-url from now on; a private show answers no 301.`
              : `${feed} answers 301 to ${target} from now on, and names it in itunes:new-feed-url.`,
            'Audio, pictures and chapters are served as before. Keep this running for at least four weeks.',
            ...(moved.private
              ? []
              : [`Where a CDN or bucket answers by itself, have it send 301 from ${feed} to ${target}.`]),
            `To undo it: aftershow move-out ${showId} --undo`,
          ].join('\n'),
    );
  } finally {
    await stores.close();
  }
}

/** Undefined: the move is undone. */
function targetOf(newFeedUrl: string | undefined, { undo }: MoveOutOptions): string | undefined {
  if (undo && newFeedUrl !== undefined) throw new UsageError('give either the new address, or --undo');
  if (undo) return undefined;
  if (newFeedUrl === undefined) throw new UsageError('give the feed’s address at the new host, or --undo');
  const isPlain = isWebAddress(newFeedUrl) && new URL(newFeedUrl).username + new URL(newFeedUrl).password === '';
  if (!isPlain) throw new UsageError(`${newFeedUrl} is no http or https address of a feed`);
  return newFeedUrl;
}

/** What the new feed lacks is told before apps are sent there: they never come back to ask. */
async function refuseLosses(
  showId: Parameters<typeof checkNewFeed>[0],
  target: string,
  dependencies: Parameters<typeof checkNewFeed>[3],
): Promise<void> {
  const signal = stopSignal('stopped; nothing was changed');
  const findings = await checkNewFeed(showId, target, createFeedWeb([target]), dependencies, signal);
  if (findings.length > 0)
    say(table(findings.map(({ severity, code, where, message }) => [severity, code, where ?? '', message])));
  if (!findings.some(({ severity }) => severity === 'error')) return;
  throw new PermanentFailure(
    'bad-request',
    `The feed at ${target} is not ready to take over, so nothing was changed. Mend it there, or move all the same with --force.`,
  );
}
