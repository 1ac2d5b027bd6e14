/** A room with somebody in it who will leave: how it is made, and what must be true once they have. On any store. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { apiClient } from './api-client.ts';
import type { TestApp } from './app.ts';
import { creator, rests } from './creator.ts';
import type { Answer, Episode } from './room.ts';
import { addAt, babble, decode, silence, tone, toneLevel, writeSound } from './sounds.ts';
import { bytesOf, keysNaming } from './stored-objects.ts';
import { makeTempFolder, removeFolder } from './temp-folder.ts';

export const LEAVER = { id: 'p2', name: 'Ben Zanzibar' };
/** Of that name, as it is looked for. */
export const LEAVER_SURNAME = 'Zanzibar';
export const LEAVING_SECONDS = 4;
/** Nobody else has it in their voice. */
const TONE_HZ = 6300;
const SILENT_DB = -60;
const HEARD_DB = -50;

export const pubDateIn = (xml: string) => /<pubDate>([^<]*)<\/pubDate>/.exec(xml.slice(xml.indexOf('<item')))?.[1];
const soon = { timeout: 20_000, interval: 200 };

export function leavingRoom(app: () => TestApp) {
  const { local, published } = creator(app);
  const client = () => apiClient(app().url);
  const bucket = () => app().engine.bucket;

  const recordings = async (show: string) => {
    const folder = makeTempFolder('leaving');
    try {
      const sounds = {
        p1: babble(LEAVING_SECONDS, 0.4, 7),
        p2: addAt(babble(LEAVING_SECONDS, 0.3, 8), tone(LEAVING_SECONDS, TONE_HZ, 0.05), 0),
        late: addAt(silence(LEAVING_SECONDS), babble(2, 0.3, 9), 1),
      };
      for (const [name, sound] of Object.entries(sounds)) {
        const file = join(folder, `${name}.wav`);
        writeSound(file, sound);
        await app().engine.trackStore.put(`rooms/${show}/${name}.wav`, { file }, { contentType: 'audio/wav' });
      }
    } finally {
      removeFolder(folder);
    }
  };
  const statusOf = async (url: string | undefined, method: 'GET' | 'HEAD' = 'GET') => {
    const response = await fetch(local(url), { method });
    await response.arrayBuffer();
    return response.status;
  };
  const manifestOf = async ({ showId, episodeId }: Answer) =>
    JSON.parse((await bytesOf(bucket(), `shows/${showId}/episodes/${episodeId}.json`)).toString());
  /** In dB. */
  const toneIn = async (url: string | undefined): Promise<number> => {
    const folder = makeTempFolder('listened');
    try {
      const path = join(folder, 'listened.mp3');
      writeFileSync(path, Buffer.from(await (await fetch(local(url))).arrayBuffer()));
      return toneLevel(decode(path)[0], TONE_HZ, 0.2, LEAVING_SECONDS - 0.2);
    } finally {
      removeFolder(folder);
    }
  };

  return {
    local,
    statusOf,
    manifestOf,
    /** Ana, and Ben who has a tone in his voice; in a show and with recordings of their own. */
    publishedWith: async (show: string, description = 'Two at a table') => {
      await recordings(show);
      return published(show, ({ room, tracks, markers }) => {
        Object.assign(room, { description });
        for (const [index, track] of tracks.entries()) {
          Object.assign(track, { key: `rooms/${show}/p${index + 1}.wav`, durationSeconds: LEAVING_SECONDS });
        }
        const at = (seconds: number) => new Date(Date.parse(String(room['startedAt'])) + seconds * 1000).toISOString();
        markers.push({ at: at(1), title: 'Wombats' });
        markers.push({ at: at(2), title: 'Marsupials', participantId: LEAVER.id });
        markers.push({ at: at(3), title: `${LEAVER.name.toUpperCase()} sings` });
      });
    },
    leave: (ids: Answer) => client().edit(ids, { edit: { excludeParticipantIds: [LEAVER.id] } }),
    keysNaming: (words: string) => keysNaming(bucket(), words),
    expectHeard: async (url: string | undefined) => expect(await toneIn(url)).toBeGreaterThan(HEARD_DB),
    /** Out of everything stored, and out of what is public; GUID and date stay. The episode as it is then. */
    expectGone: async (ids: Answer, before: Episode, pubDate: string | undefined): Promise<Episode> => {
      const after = await client().when(ids, (now) => now.revision > before.revision && rests(now));
      const xml = await client().feedWhen(ids.showId, (feed) => feed.includes(after.audio?.url ?? '?'));
      expect(after).toMatchObject({ guid: before.guid, publishedAt: before.publishedAt, excludedCount: 1 });
      expect(pubDate).toBeDefined();
      expect(pubDateIn(xml)).toBe(pubDate);
      expect(await statusOf(after.audio?.url)).toBe(200);
      expect(await toneIn(after.audio?.url)).toBeLessThanOrEqual(SILENT_DB);
      for (const method of ['GET', 'HEAD'] as const) expect(await statusOf(before.audio?.url, method)).toBe(410);
      expect(after.chapters.map(({ title }) => title)).not.toContain('Marsupials');
      expect(after.chapters.map(({ title }) => title)).toContain('Wombats');
      await expect.poll(async () => (await manifestOf(ids)).stemsFrom, soon).toBeUndefined();
      expect(await keysNaming(bucket(), LEAVER_SURNAME)).toEqual([]);
      expect(await keysNaming(bucket(), 'Marsupials')).toEqual([]);
      return after;
    },
  };
}
