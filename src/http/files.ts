/** Files over HTTP: feeds, episodes and their companions; nothing of the bucket but what lies under public/, and private/ for who has a token. */
import { Hono } from 'hono';
import { PassingFailure } from '../domain/failure.ts';
import type { Visibility } from '../storage/object-keys.ts';
import {
  type FileAnswerOptions,
  type FileContext,
  type FileEnvironment,
  fileAnswerer,
  fileProblem,
  pathAsSent,
} from './file-answer.ts';
import { SHARED_HEADERS } from './file-headers.ts';
import { privateFiles } from './private-files.ts';
import { publicKeyOf } from './public-path.ts';

export interface PublicFilesOptions extends FileAnswerOptions {
  /** Asked only of paths where there is no file: whether one was there and was withdrawn or erased. */
  readonly isGone?: (path: string, visibility: Visibility) => Promise<boolean>;
}

const ALLOWED_METHODS = 'GET, HEAD, OPTIONS';
const PREFLIGHT_HEADERS = {
  ...SHARED_HEADERS,
  allow: ALLOWED_METHODS,
  'access-control-allow-methods': 'GET, HEAD',
  'access-control-allow-headers':
    'Range, If-Range, If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since, Cache-Control',
  'access-control-max-age': '86400',
};
/** Nobody is there to read it; proxies' logs know the number. */
const CLIENT_WENT_AWAY = 499;

/** Serves `/shows/…` and `/private/<token>/shows/…`; answers every error as problem+json. */
export function publicFiles(options: PublicFilesOptions): Hono<FileEnvironment> {
  const app = new Hono<FileEnvironment>();
  const answer = fileAnswerer(options);
  const privateFile = privateFiles(options, answer);

  for (const place of ['/shows/*', '/private/*']) {
    app.options(place, () => new Response(null, { status: 204, headers: PREFLIGHT_HEADERS }));
  }

  // Hono hands HEAD to this handler too.
  app.get('/shows/*', async (c) => {
    const path = pathAsSent(c);
    const key = publicKeyOf(path);
    if (key === undefined) return notFound();
    return whileReachable(c, async () => {
      const found = await settled(() => answer(c, key));
      if (found !== 'absent') return found;
      return (await options.isGone?.(path, 'public')) ? gone() : notFound();
    });
  });

  // Neither a cache nor a page that is opened from here is to learn the address.
  app.use('/private/*', async (c, next) => {
    await next();
    c.res.headers.set('referrer-policy', 'no-referrer');
    c.res.headers.set('x-robots-tag', 'noindex');
  });
  app.get('/private/*', (c) =>
    whileReachable(c, async () => {
      const found = await settled(() => privateFile(c, pathAsSent(c)));
      return found === 'absent' ? notFound() : found === 'gone' ? gone() : found;
    }),
  );

  for (const place of ['/shows/*', '/private/*']) {
    app.all(place, () => {
      const detail = `Only ${ALLOWED_METHODS} are answered here.`;
      return fileProblem(405, 'method-not-allowed', detail, { allow: ALLOWED_METHODS });
    });
  }

  return app;
}

/** A file replaced between the look at it and the read of it is looked at once more. */
async function settled<T>(look: () => Promise<T>): Promise<Exclude<T, 'replaced'> | Response> {
  for (let tries = 0; tries < 2; tries++) {
    const found = await look();
    if (found !== 'replaced') return found as Exclude<T, 'replaced'>;
  }
  return fileProblem(503, 'store-busy', 'The file is being replaced; ask again.', { 'retry-after': '1' });
}

async function whileReachable(c: FileContext, give: () => Promise<Response>): Promise<Response> {
  try {
    return await give();
  } catch (error) {
    if (c.req.raw.signal.aborted) return new Response(null, { status: CLIENT_WENT_AWAY });
    if (!(error instanceof PassingFailure)) throw error;
    return fileProblem(503, error.code, 'The store cannot be reached now; ask again.', { 'retry-after': '5' });
  }
}

const notFound = () => fileProblem(404, 'not-found', 'There is no such file.');
const gone = () => fileProblem(410, 'gone', 'This was withdrawn and does not come back.');
