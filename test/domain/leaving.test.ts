/** What goes of a creator's own words and links when somebody leaves, and what is only told. */
import { expect, it } from 'vitest';
import type { Manifest } from '../../src/domain/episode.ts';
import { patched } from '../../src/domain/episode-edit.ts';
import { EditList, Participant } from '../../src/domain/room.ts';
import { sampleEpisode } from '../feed/sample-show.ts';

const at = new Date('2026-11-23T10:00:00Z');
const person = (id: string, name: string) =>
  Participant.parse({ id, name, url: `https://people.example/${id}`, consent: true });
const episode = (fields: Partial<Manifest>): Manifest =>
  sampleEpisode(1, { participants: [person('p1', 'Ana'), person('p2', 'Ben Zanzibar')], ...fields });
const without = (manifest: Manifest, id: string) =>
  patched(manifest, { edit: EditList.parse({ excludeParticipantIds: [id] }) }, at);

it('links with their name or address go, and talk under their name; others stay', () => {
  const kept = { url: 'https://shop.example/', text: 'The shop' };
  const left = without(
    episode({
      contentLinks: [
        kept,
        { url: 'https://video.example/1', text: 'Watch BEN  Zanzibar' },
        { url: 'https://people.example/p2', text: 'A guest' },
      ],
      socialInteract: [
        { protocol: 'activitypub', uri: 'https://social.example/1', accountId: 'Ben Zanzibar' },
        { protocol: 'activitypub', uri: 'https://social.example/2', accountId: '@show' },
      ],
    }),
    'p2',
  );
  expect(left.contentLinks).toEqual([kept]);
  expect(left.socialInteract?.map(({ uri }) => uri)).toEqual(['https://social.example/2']);
  expect(left.warnings).toEqual([]);
});

it('names of season and number stay as they were written, with a warning until they are written anew', () => {
  const left = without(episode({ seasonName: 'The Ben Zanzibar year', episodeDisplay: 'Ben Zanzibar 3' }), 'p2');
  expect([left.seasonName, left.episodeDisplay]).toEqual(['The Ben Zanzibar year', 'Ben Zanzibar 3']);
  expect(left.warnings.map(({ code }) => code)).toEqual([
    'season-name-names-someone-who-left',
    'episode-display-names-someone-who-left',
  ]);
  expect(JSON.stringify(left.warnings)).not.toContain('Zanzibar');
  const written = patched(left, { seasonName: 'The year', episodeDisplay: null }, at);
  expect(written.warnings).toEqual([]);
});
