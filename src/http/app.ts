/** The server's routes, put together. */
import { type Context, Hono } from 'hono';
import { secureHeaders } from 'hono/secure-headers';
import { messageOf } from '../domain/failure.ts';
import { EpisodeId, ShowId } from '../domain/ids.ts';
import type { EpisodeDependencies } from '../pipeline/episodes.ts';
import type { IntakeDependencies } from '../pipeline/intake.ts';
import { readManifest } from '../pipeline/manifests.ts';
import type { ObjectStore } from '../pipeline/ports.ts';
import { readShow } from '../pipeline/shows.ts';
import type { StemDependencies } from '../pipeline/stem-archive.ts';
import { type Visibility, visibilityOf } from '../storage/object-keys.ts';
import { deliveryApi } from './api-deliveries.ts';
import { episodeApi } from './api-episodes.ts';
import { listenerApi } from './api-listeners.ts';
import { liveApi } from './api-live.ts';
import { renderApi } from './api-renders.ts';
import { showApi } from './api-shows.ts';
import { statsApi } from './api-stats.ts';
import { bearer } from './bearer.ts';
import { type EpisodeEvents, eventStream } from './events.ts';
import { feedLinkHeader } from './feed-link-header.ts';
import { type PublicFilesOptions, publicFiles } from './files.ts';
import { health } from './health.ts';
import { movedFeeds } from './moved-feeds.ts';
import { failureResponse, problemResponse } from './problem.ts';
import { withoutToken } from './public-path.ts';
import { webhooks } from './webhooks.ts';

export interface AppOptions
  extends IntakeDependencies,
    EpisodeDependencies,
    StemDependencies,
    Pick<PublicFilesOptions, 'onServed' | 'trustedProxies'> {
  readonly webhookSecrets: readonly string[];
  /** How long a body may take that is no upload; ten seconds unless told otherwise. */
  readonly bodyTimeoutMs?: number;
  readonly apiToken: string;
  readonly callbackUrl?: string | undefined;
  readonly purgeUrl?: string | undefined;
  readonly events: EpisodeEvents;
}

export function createApp(options: AppOptions): Hono {
  const { bucket, log } = options;
  const app = new Hono();
  app.onError((error, c) => {
    const expected = failureResponse(error);
    if (expected) {
      log.warn({ path: withoutToken(c.req.path), reason: messageOf(error) }, 'a request failed');
      return expected;
    }
    log.error(
      { path: withoutToken(c.req.path), reason: messageOf(error), stack: error.stack },
      'a request failed unexpectedly',
    );
    return problemResponse({
      status: 500,
      code: 'internal',
      detail: 'Something failed here; it is in the server’s log.',
    });
  });
  app.notFound((c) => notFound(c));
  // Public files bring their own headers: they are for everybody's pages.
  app.use('/shows/:showId/feed.xml', feedLinkHeader(bucket));
  app.route('/', movedFeeds(bucket));
  app.route('/', publicFiles({ ...options, isGone: (path, visibility) => isGone(bucket, path, visibility) }));
  const own = new Hono();
  own.use(secureHeaders({ contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } }));
  own.route('/', health(options));
  own.route('/', webhooks(options));
  const api = new Hono();
  api.use(bearer(options.apiToken));
  api.route('/', showApi(options));
  api.route('/', listenerApi(options));
  api.route('/', episodeApi({ ...options, onChange: (manifest) => options.events.tell(manifest) }));
  api.route('/', renderApi(options));
  api.route('/', liveApi(options));
  api.route('/', deliveryApi(options));
  api.route('/', statsApi(options));
  api.route('/', eventStream(options.events));
  own.route('/api', api);
  app.route('/', own);
  return app;
}

function notFound(c: Context): Response {
  const detail = `There is nothing at ${new URL(c.req.url).pathname}.`;
  return problemResponse({ status: 404, code: 'not-found', detail });
}

/** Files of episodes that were withdrawn or erased answer 410, so that apps stop asking. */
async function isGone(bucket: ObjectStore, path: string, visibility: Visibility): Promise<boolean> {
  const match = /^\/shows\/([^/]+)\/episodes\/([^/]+)\//.exec(path);
  const showId = ShowId.safeParse(match?.[1]);
  const episodeId = EpisodeId.safeParse(match?.[2]);
  if (!showId.success || !episodeId.success) return false;
  const manifest = (await readManifest(bucket, showId.data, episodeId.data))?.value;
  if (manifest === undefined || !['unpublished', 'erased', 'published'].includes(manifest.status)) return false;
  // That there is such an episode is for nobody to know who has no token.
  const show = await readShow(bucket, showId.data);
  return show !== undefined && visibilityOf(show) === visibility;
}
