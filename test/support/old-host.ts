/** The host that a show leaves: the fixture's feed, its sound, pictures and chapters, on loopback. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { createFeedWeb } from '../../src/adapters/feed-web.ts';
import { readMedia } from '../../src/adapters/media-reader.ts';
import { createWorkFolders } from '../../src/adapters/work-folders.ts';
import { ShowId } from '../../src/domain/ids.ts';
import { type ImportReport, importFeed } from '../../src/pipeline/import-feed.ts';
import type { ImportOptions } from '../../src/pipeline/import-items.ts';
import type { TestApp } from './app.ts';
import { type FileHost, startFileHost } from './file-host.ts';
import { writeSampleMp3 } from './sample-mp3.ts';
import { makeTempFolder, removeFolder } from './temp-folder.ts';

const FIXTURE_HOST = 'https://media.example.net';
const FEED_PATH = '/shows/night-radio/feed.xml';

export interface OldHost extends FileHost {
  readonly feed: string;
  readonly mp3: Buffer;
  /** The fixture's text as this host serves it. */
  feedText(name?: string): string;
}

export async function startOldHost(): Promise<OldHost> {
  const host = await startFileHost();
  const folder = makeTempFolder('old-host');
  writeSampleMp3(join(folder, 'a.mp3'), 4);
  const mp3 = readFileSync(join(folder, 'a.mp3'));
  removeFolder(folder);
  const feedText = (name = 'another-host.xml') =>
    readFileSync(new URL(`../../fixtures/feeds/${name}`, import.meta.url), 'utf8').replaceAll(FIXTURE_HOST, host.url);
  const put = (path: string, bytes: Uint8Array, type: string) => host.files.set(path, { bytes, type });
  put(FEED_PATH, Buffer.from(feedText()), 'application/rss+xml');
  put('/shows/night-radio/feed-2.xml', Buffer.from(feedText('another-host-2.xml')), 'application/rss+xml');
  for (const name of ['12', '11', '10%20final%20mix', '9', '8', '2', '1']) put(`/audio/${name}.mp3`, mp3, 'audio/mpeg');
  put('/audio/5.mp3?from=rss&v=2', mp3, 'audio/mpeg');
  put('/audio/7.m4a', mp3, 'audio/mpeg');
  const chapters = {
    version: '1.2.0',
    chapters: [
      { startTime: 0, title: 'Start' },
      { startTime: 2, title: 'Two' },
    ],
  };
  put('/chapters/11.json', Buffer.from(JSON.stringify(chapters)), 'application/json+chapters');
  const picture = await sharp({ create: { width: 1600, height: 1600, channels: 3, background: '#335577' } })
    .jpeg()
    .toBuffer();
  put('/art/cover.jpg', picture, 'image/jpeg');
  return { ...host, feed: `${host.url}${FEED_PATH}`, mp3, feedText };
}

/** As the command line does it, into the store of a running server. */
export function importInto(
  app: TestApp,
  showId: string,
  url: string,
  options: Partial<ImportOptions> = {},
): Promise<ImportReport> {
  const dependencies = {
    ...app.engine,
    web: createFeedWeb([url]),
    readMedia,
    workFolders: createWorkFolders(join(app.objects, '..', 'work')),
  };
  const asked = {
    given: { kind: 'url' as const, url },
    showId: ShowId.parse(showId),
    ...{ copiesMedia: false, checksMedia: false, isDryRun: false, isForced: true, overwritesShow: false },
    ...options,
  };
  return importFeed(asked, dependencies, new AbortController().signal);
}
