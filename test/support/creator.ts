/** What tests of episodes do again and again: publish a small room, read its manifest, follow a public link. */
import { apiClient } from './api-client.ts';
import { PUBLIC_URL, type TestApp } from './app.ts';
import type { Answer, Episode } from './room.ts';
import { smallRoom } from './small-room.ts';

/** Published, with nothing under way. */
export const rests = (episode: Episode) => episode.stage === undefined && episode.status === 'published';

export function creator(app: () => TestApp) {
  return {
    /** A public link as this server serves it. */
    local: (url = '') => url.replace(PUBLIC_URL, app().url),
    manifestOf: ({ showId, episodeId }: Answer) =>
      JSON.parse(app().read(`shows/${showId}/episodes/${episodeId}.json`).toString()),
    /** A published episode in a show of its own; its tracks must have been dropped. */
    published: async (showId: string, change: Parameters<typeof smallRoom>[1] = () => {}) => {
      const client = apiClient(app().url);
      const event = smallRoom(`rm-${showId}`, (data) => {
        Object.assign(data.room, { showId });
        change(data);
      });
      const ids = await client.accept(event);
      const episode = await client.when(ids, (now) => rests(now) || now.status === 'failed');
      if (episode.status !== 'published') throw new Error(`not published: ${JSON.stringify(episode)}`);
      await client.feedWhen(showId, (xml) => xml.includes(episode.guid));
      return { ids, event, episode };
    },
  };
}
