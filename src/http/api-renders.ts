/** The API's sound: what a render left of an episode, for drafts too, and its stems on request. */
import { Readable } from 'node:stream';
import { type Context, Hono } from 'hono';
import { zipBytes } from '../adapters/zip.ts';
import type { Manifest } from '../domain/episode.ts';
import { EpisodeId, type Sha256, ShowId } from '../domain/ids.ts';
import { readManifest } from '../pipeline/manifests.ts';
import { openStemArchive, type StemArchive, type StemDependencies } from '../pipeline/stem-archive.ts';
import { masterKey, peaksKey, reportKey, turnsKey } from '../storage/object-keys.ts';
import { evaluateConditions } from './conditional.ts';
import type { FileEnvironment } from './file-answer.ts';
import { fileBody } from './file-body.ts';
import { problemResponse } from './problem.ts';

const PARTS: Readonly<Record<string, (render: Sha256) => string>> = {
  audio: masterKey,
  peaks: peaksKey,
  turns: turnsKey,
  report: reportKey,
};

export function renderApi(options: StemDependencies): Hono<FileEnvironment> {
  const { bucket } = options;
  const app = new Hono<FileEnvironment>();
  let isMakingStems = false;

  const find = async (c: Context) => {
    const showId = ShowId.safeParse(c.req.param('showId'));
    const episodeId = EpisodeId.safeParse(c.req.param('id'));
    if (!showId.success || !episodeId.success) return undefined;
    const manifest = (await readManifest(bucket, showId.data, episodeId.data))?.value;
    return manifest?.status === 'erased' ? undefined : manifest;
  };

  app.get('/shows/:showId/episodes/:id/:part{audio|peaks|turns|report}', async (c) => {
    const manifest = await find(c);
    if (!manifest) return noSuchEpisode();
    const keyOf = PARTS[c.req.param('part')];
    const key = manifest.master && keyOf?.(manifest.master.renderKey);
    const info = key === undefined ? undefined : await bucket.head(key, c.req.raw.signal);
    if (!info) return notRendered(manifest);
    const headers = {
      etag: `"${info.etag}"`,
      'last-modified': info.lastModified.toUTCString(),
      // Kept by whoever asked, and asked about each time: an edit may have made it another.
      'cache-control': 'private, no-cache',
    };
    const verdict = evaluateConditions(
      { ifNoneMatch: c.req.header('if-none-match'), ifModifiedSince: c.req.header('if-modified-since') },
      { etags: [info.etag], lastModified: info.lastModified },
    );
    if (verdict.kind === 'not-modified') return c.body(null, 304, headers);
    const described = { ...headers, 'content-type': info.contentType, 'content-length': String(info.lengthBytes) };
    if (c.req.method === 'HEAD') return c.body(null, 200, described);
    const object = await bucket.get(info.key, { ifMatch: info.etag, signal: c.req.raw.signal });
    if (!object) return notRendered(manifest);
    const { lengthBytes } = info;
    return c.body(fileBody(object.body, { lengthBytes, outgoing: c.env?.outgoing }), 200, described);
  });

  app.get('/shows/:showId/episodes/:id/stems.zip', async (c) => {
    const manifest = await find(c);
    if (!manifest) return noSuchEpisode();
    const headers = {
      'content-type': 'application/zip',
      'content-disposition': `attachment; filename="${manifest.showId}-${manifest.id}-stems.zip"`,
      'cache-control': 'private, no-store',
    };
    if (c.req.method === 'HEAD') return c.body(null, 200, headers);
    if (isMakingStems) {
      const detail = 'The stems of another episode are being made; ask again in a minute.';
      return problemResponse({ status: 503, code: 'busy', detail, headers: { 'retry-after': '60' } });
    }
    isMakingStems = true;
    const { signal } = c.req.raw;
    let archive: StemArchive;
    try {
      archive = await openStemArchive(manifest, options, { signal, progress: async () => {} });
    } catch (error) {
      isMakingStems = false;
      throw error;
    }
    const done = async () => {
      isMakingStems = false;
      await archive.close();
    };
    const zip = Readable.from(streamed(archive, signal, done));
    return c.body(fileBody(zip, { outgoing: c.env?.outgoing }), 200, headers);
  });
  return app;
}

/** Whoever goes away before the first byte leaves nothing behind either. */
function streamed(archive: StemArchive, signal: AbortSignal, done: () => Promise<void>): AsyncIterable<Uint8Array> {
  const gone = () => void done();
  signal.addEventListener('abort', gone, { once: true });
  if (signal.aborted) gone();
  return (async function* () {
    try {
      yield* zipBytes(archive.entries());
    } finally {
      signal.removeEventListener('abort', gone);
      await done();
    }
  })();
}

function noSuchEpisode(): Response {
  return problemResponse({ status: 404, code: 'not-found', detail: 'There is no such episode.' });
}

function notRendered({ status, failure }: Manifest): Response {
  const why = failure ? `it could not be made: ${failure.message}` : `the episode is ${status}`;
  const detail = `There is no audio of this episode yet: ${why}. It is here as soon as the audio is made.`;
  return problemResponse({ status: 404, code: 'not-rendered', detail });
}
