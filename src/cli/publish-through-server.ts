/** publish while an aftershow runs on the same data folder: the embedded engine belongs to one process, so that one does the work. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Settings } from '../config.ts';
import { messageOf } from '../domain/failure.ts';
import { EpisodeId, ShowId } from '../domain/ids.ts';
import { deriveFeed } from '../pipeline/feed-stage.ts';
import { readManifest } from '../pipeline/manifests.ts';
import { readShow } from '../pipeline/shows.ts';
import { signMessage } from '../webhook/signature.ts';
import { feedDependencies, openStores } from './engine.ts';
import { type EpisodeSummary, summarise } from './episode-summary.ts';
import type { EventFile } from './event-file.ts';
import { FollowedEpisode, followOverHttp } from './follow.ts';
import { knownAlready, RoomIdTaken } from './known-room.ts';
import { progressLine, say } from './output.ts';
import { type RoomFile, uploadRoomFiles } from './room-files.ts';
import { activeSecrets } from './secrets.ts';

const Taken = z.object({ status: z.string(), showId: ShowId, episodeId: EpisodeId });

export async function publishThroughServer(
  url: string,
  settings: Settings,
  { event, text }: EventFile,
  files: readonly RoomFile[],
  signal: AbortSignal,
): Promise<EpisodeSummary> {
  say(`An aftershow is running at ${url}: it does the work.`);
  const secrets = await activeSecrets(settings);
  const server = new RunningAftershow(url, secrets.apiToken, signal);
  const stores = openStores(settings);
  try {
    await uploadRoomFiles(files, stores.trackStore, signal);
    const headers = signMessage(secrets.webhookSecrets[0], `msg_${randomUUID()}`, new Date(), text);
    const taken = Taken.parse(await server.send('/webhooks/room-ended', { headers, body: text }, event.data.room.id));
    const path = `/api/shows/${taken.showId}/episodes/${taken.episodeId}`;
    if (taken.status === 'duplicate') {
      const { failure } = FollowedEpisode.parse(await server.get(path));
      say(knownAlready(failure !== undefined));
      if (failure) await server.send(`${path}/retry`);
    }
    await followOverHttp(() => server.get(path), progressLine(), signal);
    const manifest = (await readManifest(stores.bucket, taken.showId, taken.episodeId))?.value;
    const show = await readShow(stores.bucket, taken.showId);
    if (!manifest || !show) {
      throw new Error(`the running aftershow keeps its objects elsewhere than ${stores.bucket.description}`);
    }
    // It may have been told another public URL than this command: the show knows.
    const { publicUrl } = show;
    await deriveFeed(taken.showId, feedDependencies({ ...settings, publicUrl }, stores));
    return await summarise(manifest, stores.bucket, publicUrl);
  } finally {
    await stores.close();
  }
}

/** Asks it, and says in words what its refusals mean for whoever sits at this terminal. */
class RunningAftershow {
  readonly #url: string;
  readonly #apiToken: string;
  readonly #signal: AbortSignal;

  constructor(url: string, apiToken: string, signal: AbortSignal) {
    this.#url = url;
    this.#apiToken = apiToken;
    this.#signal = signal;
  }

  get(path: string): Promise<unknown> {
    return this.#ask(path, {});
  }

  send(path: string, message: { headers?: Record<string, string>; body?: string } = {}, roomId = ''): Promise<unknown> {
    return this.#ask(path, { method: 'POST', ...message }, roomId);
  }

  async #ask(path: string, init: RequestInit, roomId = ''): Promise<unknown> {
    const headers = {
      authorization: `Bearer ${this.#apiToken}`,
      ...(init.body ? { 'content-type': 'application/json' } : {}),
      ...init.headers,
    };
    const response = await fetch(`${this.#url}${path}`, { ...init, headers, signal: this.#signal }).catch((error) => {
      this.#signal.throwIfAborted();
      throw new Error(
        `the aftershow at ${this.#url} does not answer any more (${messageOf(error.cause ?? error)}); ` +
          'what it took in goes on when it runs again',
        { cause: error },
      );
    });
    if (response.ok) return response.json();
    if (response.status === 409 && roomId !== '') throw new RoomIdTaken(roomId);
    if (response.status === 401) {
      throw new Error(
        `the aftershow at ${this.#url} has other secrets: set the AFTERSHOW_WEBHOOK_SECRETS and AFTERSHOW_API_TOKEN that it was started with`,
      );
    }
    throw new Error(`the aftershow at ${this.#url} answered ${response.status}: ${await response.text()}`);
  }
}
