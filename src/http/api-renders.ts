/** The API's sound: what a render left of an episode, for drafts too, and its stems on request. */
import { Readable } from 'node:stream';
import { type Context, Hono } from 'hono';
import { zipBytes } from '../adapters/zip.ts';
import type { Manifest } from '../domain/episode.ts';
import { EpisodeId, type Sha256, ShowId } from '../domain/ids.ts';
import { readManifest } from '../pipeline/manifests.ts';
import { openStemArchive, type StemArchive, type StemDependencies } from '../pipeline/stem-archive.ts';
import { masterKey, peaksKey, reportKey, turnsKey } from '../storage/object-keys.ts';
import { type FileAnswerOptions, type FileEnvironment, fileAnswerer } from './file-answer.ts';
import { fileBody } from './file-body.ts';
import { SHARED_HEADERS } from './file-headers.ts';
import { problemResponse } from './problem.ts';

const PARTS: Readonly<Record<string, (render: Sha256) => string>> = {
  audio: masterKey,
  peaks: peaksKey,
  turns: turnsKey,
  report: reportKey,
};

export type RenderApiOptions = StemDependencies & Pick<FileAnswerOptions, 'log'>;

export function renderApi(options: RenderApiOptions): Hono<FileEnvironment> {
  const { bucket, log } = options;
  // Nobody counts a creator's own listening: no onServed.
  const answer = fileAnswerer({ bucket, ...(log && { log }) });
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
    for (const key of keysOf(manifest, c.req.param('part'))) {
      // What is replaced between the look at it and the read of it is looked at once more.
      let found = await answer(c, key);
      if (found === 'replaced') found = await answer(c, key);
      if (found instanceof Response) return forItsOwner(found);
    }
    return notThere(manifest, c.req.param('part'));
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

/** Where a part may lie, best first: what was made, what was imported, and of sound what is public. */
function keysOf({ master, imported, audio }: Manifest, part: string): string[] {
  const made = master && PARTS[part]?.(master.renderKey);
  const sound = part === 'audio' ? [imported?.original?.key, audio?.key] : [];
  return [made, ...sound].filter((key) => key !== undefined);
}

/** Kept by whoever asked, and asked about each time: an edit may have made it another. No page of others' may read it. */
function forItsOwner({ status, headers, body }: Response): Response {
  const own = new Headers([...headers].filter(([name]) => !Object.hasOwn(SHARED_HEADERS, name)));
  if (status < 400) own.set('cache-control', 'private, no-cache');
  return new Response(body, { status, headers: own });
}

function notThere({ status, failure, imported, externalAudio, retired }: Manifest, part: string): Response {
  const detail = imported
    ? part === 'audio'
      ? `This episode was imported, and its audio is with the host that had it${externalAudio ? `: ${externalAudio.url}` : ''}. Import the feed again with --copy-media to have it here.`
      : `This episode was imported as a finished file: there is nothing under ${part}.`
    : retired?.stemsAndMasters !== undefined
      ? 'The show’s retention has removed what was made of this episode.'
      : `There is no audio of this episode yet: ${failure ? `it could not be made: ${failure.message}` : `the episode is ${status}`}. It is here as soon as the audio is made.`;
  return problemResponse({ status: 404, code: 'not-rendered', detail });
}
