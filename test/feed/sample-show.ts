/** A show and an episode's manifest, both through their schemas, to be changed where a test needs it. */
import { Manifest } from '../../src/domain/episode.ts';
import { episodeGuidFor, episodeIdFor, RoomId, roomHash, ShowId, sha256 } from '../../src/domain/ids.ts';
import { Show } from '../../src/domain/show.ts';
import { podcastGuid } from '../../src/feed/podcast-guid.ts';
import { episodeFileKey, feedUrl, showCoverKey } from '../../src/storage/object-keys.ts';

const PUBLIC_URL = 'https://pods.example.org/media';

export function sampleShow(changes: Partial<Show> = {}): Show {
  const id = ShowId.parse('late-table');
  return {
    ...Show.parse({
      id,
      title: 'The Late Table',
      description: 'Four people, one record, no hurry.\n\nEvery Sunday.',
      author: 'Ana & friends',
      ownerEmail: 'ana@example.org',
      link: 'https://late-table.example.org/',
      language: 'en-GB',
      categories: ['Music > Music Interviews', 'Society & Culture', 'Music > Music History'],
      copyright: '© 2026 The Late Table',
      funding: [{ url: 'https://late-table.example.org/give?a=1&b=2', text: 'Buy us a coffee' }],
      version: 3,
      createdAt: '2026-01-01T10:00:00.000Z',
      updatedAt: '2026-10-01T10:00:00.000Z',
      podcastGuid: podcastGuid(feedUrl(PUBLIC_URL, id)),
      publicUrl: PUBLIC_URL,
      feedFormat: 1,
      cover: { key: showCoverKey(id, sha256('cover')), generated: false },
    }),
    ...changes,
  };
}

/** Episode number `number` of the sample show, a day after the one before it. */
export function sampleEpisode(number: number, changes: Partial<Manifest> = {}): Manifest {
  const showId = ShowId.parse('late-table');
  const roomId = RoomId.parse(`rm_${number}`);
  const id = episodeIdFor(showId, roomId);
  const time = (minutes: number) =>
    new Date(Date.UTC(2026, 8, 1, 19, 30) + number * 86_400_000 + minutes * 60_000).toISOString();
  const file = (suffix: string, contentType: string, lengthBytes: number) => ({
    key: episodeFileKey(showId, id, sha256(`${suffix} ${number}`), suffix),
    contentType,
    lengthBytes,
  });
  const track = (participantId: string, state: string) => ({
    participantId,
    key: `rooms/${number}/${participantId}.ogg`,
    startedAt: time(0),
    state,
  });
  const manifest = Manifest.parse({
    format: 1,
    version: 5,
    id,
    showId,
    roomId,
    roomHash: roomHash(roomId),
    guid: episodeGuidFor(showId, roomId),
    status: 'published',
    revision: 1,
    title: `Album night ${number}`,
    description: 'What we heard, and why.\n\nNotes: https://late-table.example.org/notes?x=1&y=2.',
    startedAt: time(0),
    endedAt: time(60),
    createdAt: time(60),
    updatedAt: time(75),
    tracksDeadlineAt: time(70),
    publishedAt: time(72),
    participants: [
      {
        id: 'p1',
        name: 'Ana',
        role: 'host',
        url: 'https://ana.example.org/',
        imageUrl: 'https://ana.example.org/a.jpg',
      },
      { id: 'p2', name: 'Ben "B" O’Neil', role: 'speaker' },
      { id: 'p3', name: 'Çelik <guest>', role: 'guest' },
      { id: 'p4', name: 'Never Came', role: 'guest' },
    ],
    excludedParticipantIds: [],
    tracks: [track('p1', 'present'), track('p2', 'present'), track('p3', 'incomplete'), track('p4', 'rejected')],
    markers: [
      { at: time(0), title: 'Hello' },
      { at: time(12.5), title: 'The new single', url: 'https://late-table.example.org/single' },
      { at: time(40), title: 'Goodbyes' },
    ],
    edit: {},
    publish: { mode: 'auto' },
    renderRequest: 1,
    renderedRequest: 1,
    renderAttempts: 1,
    publishRequest: 1,
    publishedRequest: 1,
    renderKeys: [sha256(`render ${number}`)],
    audio: {
      ...file('.mp3', 'audio/mpeg', 43_200_417),
      durationSeconds: 3600.4,
      integratedLufs: -16,
      truePeakDbtp: -1.2,
    },
    cover: file('.jpg', 'image/jpeg', 321_000),
    chaptersFile: file('.chapters.json', 'application/json+chapters', 400),
    superseded: [],
    warnings: [],
    history: [],
    outbox: [],
  });
  return { ...manifest, ...changes };
}
