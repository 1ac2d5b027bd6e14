/** The API's episodes and rooms: list, read, change, publish, erase. */
import { type Context, Hono } from 'hono';
import { z } from 'zod';
import { EpisodeStatus, type Manifest } from '../domain/episode.ts';
import { EpisodePatch } from '../domain/episode-edit.ts';
import { EpisodeId, ShowId } from '../domain/ids.ts';
import { IN_PLAIN_WORDS } from '../domain/plain-words.ts';
import { eachUnknownField } from '../feed/unknown-fields.ts';
import { episodeView } from '../pipeline/episode-view.ts';
import {
  type EpisodeDependencies,
  eraseEpisode,
  patchEpisode,
  publishEpisode,
  retryEpisode,
  unpublishEpisode,
} from '../pipeline/episodes.ts';
import { isPlace, listEpisodes } from '../pipeline/list-episodes.ts';
import { pendingRooms, readManifest } from '../pipeline/manifests.ts';
import { currentJob } from '../pipeline/room-flow.ts';
import { readShow } from '../pipeline/shows.ts';
import { readJson } from './body.ts';
import { namesTag } from './conditional.ts';
import { invalidResponse, problemResponse } from './problem.ts';

const DEFAULT_PAGE = 50;
const LARGEST_PAGE = 200;

/** Grows with every write of the manifest; progress is not in it. Without its quotes. */
const tagOf = (manifest: Manifest) => `v${manifest.version}`;
const etagOf = (manifest: Manifest) => `"${tagOf(manifest)}"`;

export interface EpisodeApiOptions extends EpisodeDependencies {
  /** Told of every episode that was changed here. */
  readonly onChange: (manifest: Manifest) => void;
  readonly bodyTimeoutMs?: number;
}

export function episodeApi(options: EpisodeApiOptions): Hono {
  const { bucket, queue } = options;
  const app = new Hono();

  const progressOf = async (manifest: Manifest) => {
    const job = currentJob(manifest);
    // A queue that is away costs the progress, not the answer.
    return job ? queue.progressOf(job.queue, job.jobId).catch(() => undefined) : undefined;
  };
  const show = async (c: Context, manifest: Manifest, status: 200 | 202 = 200) => {
    const record = await readShow(bucket, manifest.showId);
    c.header('etag', etagOf(manifest));
    return c.json(episodeView(manifest, record?.publicUrl ?? options.publicUrl, await progressOf(manifest)), status);
  };
  const changed = (c: Context, manifest: Manifest, status?: 200 | 202) => {
    options.onChange(manifest);
    return show(c, manifest, status);
  };
  const find = async (c: Context) => {
    const ids = idsOf(c);
    return ids ? (await readManifest(bucket, ids.showId, ids.episodeId))?.value : undefined;
  };

  app.get('/shows/:showId/episodes', async (c) => {
    const showId = ShowId.safeParse(c.req.param('showId'));
    const show = showId.success ? await readShow(bucket, showId.data) : undefined;
    if (!show) return noSuch(c);
    const status = EpisodeStatus.optional().safeParse(c.req.query('status'));
    const limit = Number(c.req.query('limit') ?? DEFAULT_PAGE);
    if (!status.success || !Number.isInteger(limit) || limit < 1 || limit > LARGEST_PAGE) {
      const detail = `?status= takes ${EpisodeStatus.options.join(', ')}; ?limit= 1 to ${LARGEST_PAGE}.`;
      return problemResponse({ status: 400, code: 'invalid', detail });
    }
    const cursor = c.req.query('cursor');
    const after = cursor ? Buffer.from(cursor, 'base64url').toString() : undefined;
    if (after !== undefined && !isPlace(after)) {
      return problemResponse({ status: 400, code: 'invalid', detail: '?cursor= takes what an earlier page gave.' });
    }
    const page = await listEpisodes(bucket, show.id, { status: status.data, limit, after });
    const episodes = await Promise.all(
      page.episodes.map(async (manifest) => episodeView(manifest, show.publicUrl, await progressOf(manifest))),
    );
    const next = page.next === undefined ? {} : { cursor: Buffer.from(page.next).toString('base64url') };
    return c.json({ episodes, ...next });
  });

  app.get('/shows/:showId/episodes/:id', async (c) => {
    const manifest = await find(c);
    if (!manifest) return noSuch(c);
    if (namesTag(c.req.header('if-none-match') ?? '', tagOf(manifest), 'weak'))
      return c.body(null, 304, { etag: etagOf(manifest) });
    return show(c, manifest);
  });

  app.patch('/shows/:showId/episodes/:id', async (c) => {
    const ids = idsOf(c);
    const ifMatch = c.req.header('if-match');
    if (!ids) return noSuch(c);
    if (!ifMatch) {
      const detail = 'Send If-Match with the ETag of the episode you edited, so that nobody else’s change is lost.';
      return problemResponse({ status: 428, code: 'if-match-needed', detail });
    }
    const body = await readJson(c.req.raw, options.bodyTimeoutMs);
    if (!body.ok) return body.response;
    const patch = EpisodePatch.safeParse(body.json, IN_PLAIN_WORDS);
    if (!patch.success) {
      const issues = eachUnknownField(
        patch.error.issues,
        EpisodePatch,
        'is nothing that can be changed of an episode.',
      );
      return invalidResponse(new z.ZodError(issues), 'The change does not fit');
    }
    const isSeen = (manifest: Manifest) => namesTag(ifMatch, tagOf(manifest), 'strong');
    const result = await patchEpisode(ids.showId, ids.episodeId, isSeen, patch.data, options);
    if (result.kind === 'changed') return changed(c, result.manifest);
    return problemResponse({ status: 412, code: 'stale', detail: 'The episode was changed meanwhile: read it again.' });
  });

  const actions = { publish: publishEpisode, unpublish: unpublishEpisode, retry: retryEpisode };
  for (const [name, act] of Object.entries(actions)) {
    app.post(`/shows/:showId/episodes/:id/${name}`, async (c) => {
      const ids = idsOf(c);
      return ids ? changed(c, await act(ids.showId, ids.episodeId, options), 202) : noSuch(c);
    });
  }

  app.delete('/shows/:showId/episodes/:id', async (c) => {
    const ids = idsOf(c);
    return ids ? changed(c, await eraseEpisode(ids.showId, ids.episodeId, options)) : noSuch(c);
  });

  app.get('/rooms', async (c) => {
    if ((c.req.query('state') ?? 'pending') !== 'pending') {
      return problemResponse({ status: 400, code: 'invalid', detail: '?state= takes pending.' });
    }
    const rooms = [];
    const unreadable = (key: string, error: Error) =>
      options.log.error({ key, reason: error.message }, 'cannot be read');
    for await (const { room, lastModified } of pendingRooms(bucket, unreadable)) {
      const manifest = (await readManifest(bucket, room.showId, room.episodeId))?.value;
      const why = manifest ? reasonPending(manifest) : 'its room.ended event has not come yet';
      if (why)
        rooms.push({ roomId: room.roomId, showId: room.showId, episodeId: room.episodeId, since: lastModified, why });
    }
    return c.json({ rooms });
  });
  return app;
}

/** Undefined when nothing is left to do and only the mark has not been taken back yet. */
function reasonPending(manifest: Manifest): string | undefined {
  const missing = manifest.tracks.filter(({ state }) => state === 'expected' || state === 'incomplete').length;
  if (manifest.status === 'waiting-for-tracks') return `waiting for ${missing} of ${manifest.tracks.length} tracks`;
  if (manifest.status === 'scheduled') return `scheduled for ${manifest.scheduledFor}`;
  return currentJob(manifest) ? `${currentJob(manifest)?.queue} is not finished` : undefined;
}

function idsOf(c: Context): { showId: ShowId; episodeId: EpisodeId } | undefined {
  const showId = ShowId.safeParse(c.req.param('showId'));
  const episodeId = EpisodeId.safeParse(c.req.param('id'));
  return showId.success && episodeId.success ? { showId: showId.data, episodeId: episodeId.data } : undefined;
}

function noSuch(c: Context): Response {
  return problemResponse({
    status: 404,
    code: 'not-found',
    detail: `There is nothing at ${new URL(c.req.url).pathname}.`,
  });
}
