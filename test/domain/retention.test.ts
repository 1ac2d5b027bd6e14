/** What of an episode is due when: by its state and its show's limits alone. */
import { describe, expect, it } from 'vitest';
import type { Manifest } from '../../src/domain/episode.ts';
import { roomHash } from '../../src/domain/ids.ts';
import { newManifest } from '../../src/domain/new-episode.ts';
import { dueOf, Retention } from '../../src/domain/retention.ts';
import { AcceptedRoom } from '../../src/domain/room.ts';

const DAY = (day: number) => new Date(Date.parse('2026-01-01T00:00:00Z') + day * 86_400_000).toISOString();
const first = newManifest(
  AcceptedRoom.parse({
    room: { id: 'rm', showId: 'show', title: 'A room', startedAt: DAY(0), endedAt: DAY(0.1) },
    participants: [{ id: 'p1' }],
    tracks: [{ participantId: 'p1', key: 'a.ogg', startedAt: DAY(0) }],
    markers: [],
    edit: {},
  }),
  {
    roomHash: roomHash('rm' as never),
    now: new Date(DAY(0)),
    trackDeadlineSeconds: 60,
    defaultMode: { mode: 'auto' },
  },
);
const rested = (fields: Partial<Manifest>): Manifest => ({
  ...first,
  renderedRequest: 1,
  publishedRequest: 1,
  updatedAt: DAY(10),
  ...fields,
});
const published = (fields: Partial<Manifest> = {}) => rested({ status: 'published', publishedAt: DAY(2), ...fields });
const due = (manifest: Manifest, limits: Partial<Retention> = {}) =>
  dueOf(manifest, Retention.parse(limits)).map(({ class: name, at, because }) => [name, at, because]);

describe('retention', () => {
  it('keeps of a published episode everything but its recordings, unless told otherwise', () => {
    expect(due(published())).toEqual([['tracks', DAY(32), 'tracksDays']]);
    expect(due(published(), { tracksDays: null })).toEqual([]);
  });

  it('counts each class from publishing, the earliest first', () => {
    const limits = { tracksDays: 7, stemsAndMastersDays: 90, intakeDays: 1, publishedDays: 365 };
    expect(due(published(), limits)).toEqual([
      ['intake', DAY(3), 'intakeDays'],
      ['tracks', DAY(9), 'tracksDays'],
      ['stemsAndMasters', DAY(92), 'stemsAndMastersDays'],
      ['published', DAY(367), 'publishedDays'],
    ]);
  });

  it('counts drafts, failures and withdrawn episodes from their last change, by limits of their own', () => {
    const limits = { draftDays: 5, failedDays: 6, unpublishedDays: 7, tracksDays: null };
    for (const [status, days] of [
      ['draft', 5],
      ['failed', 6],
      ['unpublished', 7],
    ] as const) {
      expect(due(rested({ status }), limits)).toEqual([
        ['tracks', DAY(10 + days), `${status}Days`],
        ['stemsAndMasters', DAY(10 + days), `${status}Days`],
      ]);
    }
    const withdrawn = rested({ status: 'unpublished', publishedAt: DAY(2) });
    expect(due(withdrawn, { tracksDays: 3, unpublishedDays: 100 })[0]).toEqual(['tracks', DAY(5), 'tracksDays']);
  });

  it.each<[string, Manifest]>([
    ['is being rendered', published({ renderRequest: 2 })],
    ['is being published', published({ publishRequest: 2 })],
    ['waits for its tracks', { ...first, updatedAt: DAY(0) }],
    ['is scheduled', rested({ status: 'scheduled', scheduledFor: DAY(500) })],
    ['is erased', rested({ status: 'erased' })],
  ])('takes nothing from an episode that %s', (_, manifest) => {
    const none = {
      tracksDays: 0,
      stemsAndMastersDays: 0,
      intakeDays: 0,
      publishedDays: 0,
      draftDays: 0,
      failedDays: 0,
    };
    expect(due(manifest, none)).toEqual([]);
  });

  it('waits with the recordings of one that could not be made anew, so that it can be tried again', () => {
    const failure = { code: 'internal', message: 'It broke.' };
    const broken = published({ renderRequest: 2, failure });
    expect(due(broken, { failedDays: 90 })).toEqual([['tracks', DAY(100), 'tracksDays']]);
    expect(due(broken, { failedDays: null })).toEqual([]);
  });

  it('asks for nothing twice, and for no recordings of an imported episode', () => {
    expect(due(published({ retired: { tracks: DAY(32) } }))).toEqual([]);
    const imported = { from: 'https://old.example.org/feed', key: roomHash('x' as never) };
    expect(due(published({ imported }), { stemsAndMastersDays: 1 })).toEqual([]);
  });
});
