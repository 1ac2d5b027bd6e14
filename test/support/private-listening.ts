/** A server whose public links lead to itself, shows that are private on it, and those who listen to them. On any store. */
import { expect } from 'vitest';
import { createApp } from '../../src/http/app.ts';
import { EpisodeEvents } from '../../src/http/events.ts';
import type { ServedFile } from '../../src/http/served-file.ts';
import { listen } from '../../src/http/server.ts';
import { TEST_TOKEN } from './aftershow.ts';
import { type ApiClient, apiClient } from './api-client.ts';
import { startApp, type TestApp } from './app.ts';
import { rests } from './creator.ts';
import { freePort } from './free-port.ts';
import type { Answer, Episode } from './room.ts';
import { smallRoom } from './small-room.ts';
import { TEST_SECRET } from './webhook.ts';

export interface Listener {
  readonly id: string;
  readonly name: string;
  readonly feedUrl: string;
  readonly token: string;
}

export interface PrivateListening {
  readonly app: TestApp;
  readonly client: ApiClient;
  /** Where the public links lead, so that whoever follows them comes here. */
  readonly url: string;
  readonly servedFiles: readonly ServedFile[];
  /** Of everybody who was added here. */
  readonly tokens: readonly string[];
  put(showId: string, body: object, query?: string): Promise<Response>;
  addListener(showId: string, name: string): Promise<Listener>;
  /** A published one; the small tracks must have been dropped. */
  episodeIn(showId: string): Promise<{ ids: Answer; episode: Episode }>;
  close(): Promise<void>;
}

export async function startPrivateListening(storageUrl?: string): Promise<PrivateListening> {
  const port = await freePort();
  const app = await startApp({
    workers: true,
    replace: () => ({ publicUrl: `http://127.0.0.1:${port}` }),
    ...(storageUrl === undefined ? {} : { storageUrl }),
  });
  const client = apiClient(app.url);
  const servedFiles: ServedFile[] = [];
  const tokens: string[] = [];
  const events = new EpisodeEvents(app.engine.bucket, app.engine.queue, app.engine.log);
  const onServed = (served: ServedFile) => servedFiles.push(served);
  const server = createApp({
    ...{ ...app.engine, webhookSecrets: [TEST_SECRET], apiToken: TEST_TOKEN, events, onServed },
  });
  const open = await listen(server, '127.0.0.1', port);
  return {
    ...{ app, client, url: open.url, servedFiles, tokens },
    put: (showId, body, query = '') => client.call('PUT', `/shows/${showId}${query}`, { title: 'Late', ...body }),
    addListener: async (showId, name) => {
      const response = await client.call('POST', `/shows/${showId}/listeners`, { name });
      expect(response.status).toBe(201);
      expect(response.headers.get('cache-control')).toBe('no-store');
      const added = (await response.json()) as Omit<Listener, 'token'>;
      const token = /\/private\/([^/]+)\//.exec(added.feedUrl)?.[1] ?? '';
      tokens.push(token);
      return { ...added, token };
    },
    episodeIn: async (showId) => {
      const markers = [{ at: new Date(Date.now() - 3_000).toISOString(), title: 'Hello' }];
      const ids = await client.accept(
        smallRoom(`rm-${showId}`, (data) => Object.assign(data, { markers }) && Object.assign(data.room, { showId })),
      );
      const episode = await client.when(ids, (now) => rests(now) || now.status === 'failed');
      expect(episode.status).toBe('published');
      return { ids, episode };
    },
    close: async () => {
      await open.close(0);
      await events.close();
      await app.close();
    },
  };
}

export async function textOf(url: string, headers: Record<string, string> = {}) {
  const response = await fetch(url, { headers: { 'accept-encoding': 'identity', ...headers } });
  const text = await response.text();
  return { response, text };
}

export async function feedWith(url: string, guid: string): Promise<string> {
  for (let tries = 0; tries < 200; tries++) {
    const { text } = await textOf(url);
    if (text.includes(guid)) return text;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the feed never named the episode');
}

export const enclosureOf = (xml: string) => /<enclosure url="([^"]+)"/.exec(xml)?.[1] ?? '';
export const podcastGuidOf = (xml: string) => /<podcast:guid>([^<]+)/.exec(xml)?.[1];
