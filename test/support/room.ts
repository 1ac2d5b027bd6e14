/** The fixture room as a platform would bring it: tracks put into the store, the event signed and sent. */
import { cp } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { fixtureEvent, fixtureFolder } from '../../fixtures/room.ts';
import { type RoomEvent, shiftEvent } from '../../src/cli/demo-room.ts';
import type { ObjectStore } from '../../src/pipeline/ports.ts';
import { TEST_TOKEN } from './aftershow.ts';
import { signedHeaders, TEST_SECRET } from './webhook.ts';

/** The recorded room, ended just now, under an id of its own. */
export function endedRoom(roomId: string, change: (event: RoomEvent) => void = () => {}): RoomEvent {
  const event = shiftEvent(fixtureEvent(), new Date(), roomId);
  change(event);
  return event;
}

/** Drops tracks and cover where the folder store looks for them, by hand as a platform without S3 does. */
export async function dropTracks(objects: string): Promise<void> {
  await cp(`${fixtureFolder}/rooms`, `${objects}/rooms`, { recursive: true });
  await cp(`${fixtureFolder}/uploads`, `${objects}/uploads`, { recursive: true });
}

export async function uploadTracks(store: ObjectStore): Promise<void> {
  const { data } = fixtureEvent() as { data: { tracks: { key: string }[]; room: { artworkKey: string } } };
  for (const key of [...data.tracks.map((track) => track.key), data.room.artworkKey]) {
    await store.put(key, { file: `${fixtureFolder}/${key}` }, { contentType: 'application/octet-stream' });
  }
}

/** A test that decoded for seconds has not heard yet that the server closed idle connections: it would send into one. */
const seeClosedConnections = () => pause(20);

export async function sendWebhook(url: string, event: unknown, secret = TEST_SECRET): Promise<Response> {
  const body = JSON.stringify(event);
  await seeClosedConnections();
  return fetch(`${url}/webhooks/room-ended`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...signedHeaders(body, secret) },
    body,
  });
}

export const Answer = z.object({ roomId: z.string(), showId: z.string(), episodeId: z.string(), status: z.string() });
export type Answer = z.infer<typeof Answer>;

export const Episode = z.looseObject({
  id: z.string(),
  showId: z.string(),
  guid: z.string(),
  status: z.string(),
  revision: z.number(),
  title: z.string(),
  stage: z.string().optional(),
  progress: z.number().optional(),
  publishedAt: z.string().optional(),
  audio: z
    .object({
      url: z.string(),
      contentType: z.string(),
      lengthBytes: z.number(),
      durationSeconds: z.number(),
      integratedLufs: z.number(),
      truePeakDbtp: z.number(),
    })
    .optional(),
  participants: z.array(z.object({ id: z.string(), name: z.string(), role: z.string() })),
  excludedCount: z.number(),
  chapters: z.array(z.object({ startSeconds: z.number(), title: z.string() })),
  tracks: z.array(z.looseObject({ key: z.string(), state: z.string(), reason: z.string().optional() })),
  failure: z.object({ code: z.string(), message: z.string() }).optional(),
  warnings: z.array(z.object({ code: z.string(), message: z.string() })),
});
export type Episode = z.infer<typeof Episode>;

export function api(url: string, path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${url}/api${path}`, { ...init, headers: { authorization: `Bearer ${TEST_TOKEN}`, ...init.headers } });
}

/** Asks the API until the episode is as wished; throws with what it is when that takes too long. */
export async function episodeWhen(
  url: string,
  ids: { readonly showId: string; readonly episodeId: string },
  isAsWished: (episode: Episode) => boolean,
  timeoutMs = 60_000,
): Promise<Episode> {
  const deadline = performance.now() + timeoutMs;
  let last: unknown;
  while (performance.now() < deadline) {
    const response = await api(url, `/shows/${ids.showId}/episodes/${ids.episodeId}`).catch(() => undefined);
    if (response?.ok) {
      const episode = Episode.parse(await response.json());
      if (isAsWished(episode)) return episode;
      last = episode;
    } else if (response) last = await response.text();
    await pause(200);
  }
  throw new Error(`not as wished within ${timeoutMs} ms: ${JSON.stringify(last, undefined, 1)}`);
}

/** The feed's text once it holds what is looked for. */
export async function feedWhen(
  url: string,
  showId: string,
  isAsWished: (xml: string) => boolean,
  timeoutMs = 60_000,
): Promise<string> {
  const deadline = performance.now() + timeoutMs;
  let xml = '';
  while (performance.now() < deadline) {
    const response = await fetch(`${url}/shows/${showId}/feed.xml`).catch(() => undefined);
    xml = response?.ok ? await response.text() : '';
    if (xml !== '' && isAsWished(xml)) return xml;
    await pause(200);
  }
  throw new Error(`the feed is not as wished within ${timeoutMs} ms:\n${xml.slice(0, 2000)}`);
}
