/** import: another host's feed becomes a show here, each episode under the GUID that podcast apps know it by. */
import { open } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createFeedWeb } from '../adapters/feed-web.ts';
import { readMedia } from '../adapters/media-reader.ts';
import { createWorkFolders } from '../adapters/work-folders.ts';
import { readSettingsWithoutSecrets } from '../config.ts';
import { messageOf } from '../domain/failure.ts';
import type { ShowId } from '../domain/ids.ts';
import { type ImportReport, importFeed } from '../pipeline/import-feed.ts';
import { type FeedGiven, MAX_FEED_BYTES } from '../pipeline/import-pages.ts';
import { feedDependencies, openProvenStores } from './engine.ts';
import { type FeedNamed, feedNamed } from './feed-words.ts';
import { importText } from './import-report.ts';
import { printResult, progressLine } from './output.ts';
import { stopSignal } from './run.ts';
import { showIdFrom } from './show-id.ts';
import { UsageError } from './usage-error.ts';

interface ImportOptions {
  readonly show?: string;
  readonly copyMedia?: boolean;
  readonly checkMedia?: boolean;
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly overwriteShow?: boolean;
  readonly allowHost?: readonly string[];
  readonly json?: boolean;
}

const ISSUE_LINES = 60;

export async function importCommand(feed: string, options: ImportOptions): Promise<void> {
  if (options.show === undefined)
    throw new UsageError('say which show it becomes: --show <id>, like --show late-table');
  const showId = showIdFrom(options.show);
  const trusted = trustedUrls(feed, options.allowHost ?? []);
  const given = await givenFeed(feed);
  const settings = readSettingsWithoutSecrets();
  const stores = await openProvenStores(settings);
  const progress = progressLine();
  try {
    const dependencies = {
      ...feedDependencies(settings, stores),
      web: createFeedWeb(trusted),
      readMedia,
      workFolders: createWorkFolders(join(settings.dataDir, 'work')),
    };
    const asked = {
      given,
      showId,
      copiesMedia: options.copyMedia === true,
      checksMedia: options.checkMedia === true,
      isDryRun: options.dryRun === true,
      isForced: options.force === true,
      overwritesShow: options.overwriteShow === true,
      onProgress: (done: number, all: number) => progress.show('import', (100 * done) / all),
    };
    const signal = stopSignal('stopped; what was imported is there, and the same command goes on from here');
    const report = await importFeed(asked, dependencies, signal);
    progress.end();
    if (!report.ok) process.exitCode = 1;
    const feed = await feedNamed(showId, settings.publicUrl, stores.bucket);
    printResult(options.json === true, { ...report, feed: feed.url }, () => textOf(report, showId, feed));
  } finally {
    await stores.close();
  }
}

const textOf = (report: ImportReport, showId: ShowId, feed: FeedNamed) => importText(report, showId, feed, ISSUE_LINES);

/** The host of an address that somebody typed may be any: it is theirs to know. */
function trustedUrls(feed: string, hosts: readonly string[]): string[] {
  const urls = hosts.flatMap((host) => {
    const isHost = /^[^\s/?#@]+$/.test(host) && URL.canParse(`http://${host}/`);
    if (!isHost) throw new UsageError(`--allow-host takes a host, with its port where it has one, not "${host}"`);
    return [`http://${host}/`, `https://${host}/`];
  });
  return /^https?:\/\//i.test(feed) ? [feed, ...urls] : urls;
}

async function givenFeed(feed: string): Promise<FeedGiven> {
  if (/^https?:\/\//i.test(feed)) {
    if (!URL.canParse(feed)) throw new UsageError(`${feed} is no address`);
    return { kind: 'url', url: feed };
  }
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(feed))
    throw new UsageError(`${feed} is neither an http or https address nor a file`);
  return { kind: 'file', name: basename(feed), bytes: await readFeedFile(feed) };
}

async function readFeedFile(path: string): Promise<Uint8Array> {
  const file = await open(path, 'r').catch((cause: unknown) => {
    throw new UsageError(`the feed ${path} cannot be read: ${messageOf(cause)}`);
  });
  try {
    const { size } = await file.stat();
    if (size > MAX_FEED_BYTES)
      throw new UsageError(`${path} has ${size} bytes, more than the ${MAX_FEED_BYTES} that a feed may have`);
    return await file.readFile();
  } catch (cause) {
    throw cause instanceof UsageError ? cause : new UsageError(`the feed ${path} cannot be read: ${messageOf(cause)}`);
  } finally {
    await file.close();
  }
}
