/** Whatever creators, platforms, workers and clocks do to an episode, in whatever order: what must stay true. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Manifest } from '../../src/domain/episode.ts';
import { type EpisodePatch, patched } from '../../src/domain/episode-edit.ts';
import {
  isScheduleDue,
  isSettled,
  needsPublish,
  needsRender,
  publishFinished,
  renderBegan,
  renderFinished,
  renderWaits,
  stageFailed,
} from '../../src/domain/episode-life.ts';
import { publishWanted, retryWanted, tombstone, unpublishWanted } from '../../src/domain/episode-wishes.ts';
import { PermanentFailure } from '../../src/domain/failure.ts';
import { roomHash, sha256 } from '../../src/domain/ids.ts';
import { audioWanted, newManifest, tracksAdded } from '../../src/domain/new-episode.ts';
import { AcceptedRoom, Track } from '../../src/domain/room.ts';

const START_MS = Date.parse('2026-11-22T20:30:00.000Z');
const at = (minutes: number) => new Date(START_MS + minutes * 60_000);
const instant = (minutes: number) => at(minutes).toISOString();

const accepted = AcceptedRoom.parse({
  room: { id: 'rm-1', showId: 'show', title: 'A room', startedAt: instant(-60), endedAt: instant(0) },
  participants: [
    { id: 'p1', name: 'Ana', role: 'host' },
    { id: 'p2', name: 'Ben' },
  ],
  tracks: [
    { participantId: 'p1', key: 'a.ogg', startedAt: instant(-60) },
    { participantId: 'p2', key: 'b.ogg', startedAt: instant(-60) },
  ],
  markers: [],
  edit: {},
});

const first = (publish?: Record<string, unknown>) =>
  newManifest(AcceptedRoom.parse({ ...accepted, ...(publish && { publish }) }), {
    roomHash: roomHash(accepted.room.id),
    now: at(0),
    trackDeadlineSeconds: 600,
    defaultMode: { mode: 'auto' },
  });

type Step = { readonly name: string; readonly number: number };

function master(number: number) {
  const loudness = { integratedLufs: -16, truePeakDbtp: -1, loudnessRangeLu: 5 };
  return { renderKey: sha256(`render ${number}`), durationSeconds: 60, loudness };
}

function finishRender(manifest: Manifest, request: number, number: number, now: Date, mayPublish = true): Manifest {
  const tracks = manifest.tracks.map((track) => ({ ...track, state: 'present' as const }));
  return renderFinished(manifest, { request, master: master(number), tracks, warnings: [], mayPublish }, now);
}

function finishPublish(manifest: Manifest, request: number, number: number, now: Date): Manifest | undefined {
  const renderKey = manifest.master?.renderKey;
  if (!renderKey) return undefined;
  const file = (name: string) => ({ key: `public/${number}-${name}`, contentType: 'audio/mpeg', lengthBytes: 1 });
  const audio = { ...file('audio'), durationSeconds: 60, integratedLufs: -16, truePeakDbtp: -1 };
  return publishFinished(
    manifest,
    { request, renderKey, audio, cover: file('cover'), chapters: [], warnings: [] },
    now,
  );
}

const PATCHES: readonly EpisodePatch[] = [
  { title: 'Another' },
  { chapters: [{ startSeconds: 1, title: 'One', url: undefined }] },
  { edit: { trimStartSeconds: 2 } },
  { edit: { excludeParticipantIds: ['p2' as never] } },
  { publish: { mode: 'auto' } },
  { publish: { mode: 'draft' } },
  { publish: { mode: 'scheduled', at: instant(30) } },
  { publish: { mode: 'scheduled', at: instant(-30) } },
];

const broken = (stage: 'render' | 'publish', renderRequest: number) => ({
  stage,
  renderRequest,
  failure: { code: 'internal', message: 'It broke.' },
});

/** Each as the stages and the API use it: the guards are theirs. */
const STEPS: Readonly<Record<string, (manifest: Manifest, number: number, now: Date) => Manifest | undefined>> = {
  renderBegins: (manifest, _, now) => (needsRender(manifest) ? renderBegan(manifest, now) : undefined),
  renderWaits: (manifest, _, now) => renderWaits(manifest, manifest.renderRequest, manifest.tracks, now),
  olderRenderWaits: (manifest, _, now) => renderWaits(manifest, manifest.renderRequest - 1, [], now),
  renderEnds: (manifest, number, now) => finishRender(manifest, manifest.renderRequest, number, now),
  renderEndsIncomplete: (manifest, number, now) => finishRender(manifest, manifest.renderRequest, number, now, false),
  olderRenderEnds: (manifest, number, now) => finishRender(manifest, manifest.renderRequest - 1, number, now),
  renderFails: (manifest, _, now) => stageFailed(manifest, broken('render', manifest.renderRequest), now),
  publishFails: (manifest, _, now) => stageFailed(manifest, broken('publish', manifest.renderRequest), now),
  olderRenderFails: (manifest, _, now) => stageFailed(manifest, broken('render', manifest.renderRequest - 1), now),
  publishEnds: (manifest, number, now) => finishPublish(manifest, manifest.publishRequest, number, now),
  olderPublishEnds: (manifest, number, now) => finishPublish(manifest, manifest.publishRequest - 1, number, now),
  publish: (manifest, _, now) => publishWanted(manifest, 'creator', now),
  unpublish: (manifest, _, now) => unpublishWanted(manifest, now),
  retry: (manifest, _, now) => retryWanted(manifest, 'creator', now),
  sweep: (manifest, _, now) => (isScheduleDue(manifest, now) ? publishWanted(manifest, 'sweep', now) : undefined),
  lateTrack: (manifest, _, now) =>
    manifest.status === 'erased' ? undefined : audioWanted(manifest, 'sweep', 'a track came late', now),
  tracksAdded: (manifest, number, now) => {
    const track = { participantId: 'p1', key: `late-${number % 3}.ogg`, startedAt: instant(-30) };
    return tracksAdded(manifest, [Track.parse(track)], now);
  },
  patch: (manifest, number, now) =>
    manifest.status === 'erased' ? undefined : patched(manifest, PATCHES[number % PATCHES.length] ?? {}, now),
};

function take(manifest: Manifest, { name, number }: Step, minute: number): Manifest {
  try {
    return STEPS[name]?.(manifest, number, at(minute)) ?? manifest;
  } catch (error) {
    // What is refused with a reason changes nothing.
    if (error instanceof PermanentFailure) return manifest;
    throw error;
  }
}

/** What workers do until nothing is left for them, with nothing going wrong. */
function workThrough(manifest: Manifest): Manifest {
  let current = manifest;
  for (let job = 0; job < 6 && !isSettled(current); job++) {
    if (needsRender(current))
      current = finishRender(renderBegan(current, at(900)), current.renderRequest, 900, at(900));
    else if (needsPublish(current)) current = finishPublish(current, current.publishRequest, 900, at(900)) ?? current;
  }
  return current;
}

const step = fc.record({ name: fc.constantFrom(...Object.keys(STEPS)), number: fc.nat(50) });
const start = fc.constantFrom(first(), first({ mode: 'draft' }), first({ mode: 'scheduled', at: instant(20) }));
const lives = fc.tuple(start, fc.array(step, { maxLength: 40, size: 'max' }));

function holdsAlways(check: (before: Manifest, after: Manifest, step: Step) => void): void {
  fc.assert(
    fc.property(lives, ([manifest, steps]) => {
      let before = manifest;
      for (const [minute, next] of steps.entries()) {
        const after = take(before, next, minute);
        check(before, after, next);
        before = after;
      }
    }),
    { numRuns: 600 },
  );
}

describe('an episode, whatever is done to it', () => {
  it('keeps its identity, and can be stored and read back', () => {
    holdsAlways((before, after) => {
      const { guid, id, roomId, showId, roomHash: hash, createdAt } = before;
      expect(after).toMatchObject({ guid, id, roomId, showId, roomHash: hash, createdAt });
      expect(Manifest.parse(JSON.parse(JSON.stringify(after)))).toEqual(JSON.parse(JSON.stringify(after)));
    });
  });

  it('counts every change in its version, and nothing else', () => {
    holdsAlways((before, after) => {
      if (after === before) return;
      expect(after.version).toBeGreaterThan(before.version);
      expect(after.history.length).toBeGreaterThan(0);
    });
  });

  it('is published exactly while it has public audio and a cover, or is made anew without somebody who left', () => {
    holdsAlways((_, after) => {
      const isPublic = after.status === 'published' && after.publishedRenderKey !== undefined;
      if (after.status === 'published' && !isPublic) expect(after.departures).toHaveLength(1);
      expect([after.audio, after.cover].map((file) => file !== undefined)).toEqual([isPublic, isPublic]);
    });
  });

  it('takes nothing from an attempt that is no longer waited for, but the key of what it stored', () => {
    holdsAlways((before, after, { name }) => {
      if (!name.startsWith('older')) return;
      const { renderKeys: _before, removal: _r, version: _v, updatedAt: _u, history: _h, ...was } = before;
      const { renderKeys: _after, removal: _r2, version: _v2, updatedAt: _u2, history: _h2, ...is } = after;
      expect(is).toEqual(was);
    });
  });

  it('is not rendered twice for one request: a second result does not publish again, nor undo what was decided', () => {
    const rendered = finishRender(renderBegan(first(), at(1)), 1, 1, at(2));
    const published = finishPublish(rendered, 1, 2, at(3)) ?? rendered;
    expect(published.status).toBe('published');
    expect(needsPublish(finishRender(published, 1, 3, at(4), false))).toBe(false);
    expect(finishRender(published, 1, 3, at(4), false).status).toBe('published');
    expect(finishRender(published, 1, 1, at(4))).toBe(published);
    expect(renderWaits(published, 1, [], at(4))).toBe(published);
    expect(stageFailed(published, broken('render', 1), at(4))).toBe(published);
  });

  it('never dates an episode by a schedule that was cancelled', () => {
    const planned = finishRender(renderBegan(first({ mode: 'scheduled', at: instant(60) }), at(1)), 1, 1, at(2));
    expect(planned.scheduledFor).toBe(instant(60));
    const later = publishWanted(unpublishWanted(planned, at(3)), 'creator', at(90));
    expect(finishPublish(later, later.publishRequest, 2, at(91))?.publishedAt).toBe(instant(91));
  });

  it('never goes back a revision, and keeps the date of its first publication', () => {
    holdsAlways((before, after) => {
      expect(after.revision).toBeGreaterThanOrEqual(before.revision);
      if (before.publishedAt !== undefined) expect(after.publishedAt).toBe(before.publishedAt);
    });
  });

  it('never forgets a render key or a public file before it is superseded', () => {
    holdsAlways((before, after) => {
      expect(after.renderKeys).toEqual(expect.arrayContaining(before.renderKeys));
      const gone = after.removal?.publicKeys ?? [];
      const known = [...after.superseded.map(({ key }) => key), ...gone, after.audio?.key, after.cover?.key];
      if (before.audio) expect(known).toContain(before.audio.key);
    });
  });

  it('comes to rest when workers do what it asks for: never left rendering or waiting', () => {
    fc.assert(
      fc.property(lives, ([manifest, steps]) => {
        const life = steps.reduce((current, next, minute) => take(current, next, minute), manifest);
        const rested = workThrough(life);
        expect(needsRender(rested) || needsPublish(rested)).toBe(false);
        expect(['rendering', 'waiting-for-tracks']).not.toContain(rested.status);
      }),
      { numRuns: 600 },
    );
  });

  it('says why when it has failed, and comes out when it is tried again', () => {
    fc.assert(
      fc.property(lives, ([manifest, steps]) => {
        const life = steps.reduce((current, next, minute) => take(current, next, minute), manifest);
        if (life.status === 'failed') expect(life.failure?.message).not.toBe('');
        const rested = workThrough(retryWanted(life, 'creator', at(800)));
        expect(rested.failure).toBeUndefined();
        expect(rested.status).not.toBe('failed');
      }),
      { numRuns: 600 },
    );
  });

  it('stays erased once it is, without names, tracks or words, and asks for nothing', () => {
    fc.assert(
      fc.property(lives, fc.array(step, { maxLength: 20, size: 'max' }), ([manifest, steps], later) => {
        const life = steps.reduce((current, next, minute) => take(current, next, minute), manifest);
        let erased = tombstone(life, at(100));
        expect(tombstone(erased, at(101))).toBe(erased);
        for (const [minute, next] of later.entries()) erased = take(erased, next, 101 + minute);
        expect(erased).toMatchObject({ status: 'erased', guid: manifest.guid, title: '', description: '' });
        expect([erased.participants, erased.tracks, erased.markers, erased.warnings]).toEqual([[], [], [], []]);
        expect([erased.audio, erased.cover, erased.master, erased.chapters, erased.failure]).toEqual(
          Array(5).fill(undefined),
        );
        const { removal, ...left } = erased;
        expect(JSON.stringify(left)).not.toMatch(/Ana|Ben|ogg|Another/);
        // Owed until it is done: recordings and files that must go, by their keys.
        expect(JSON.stringify(removal)).not.toMatch(/Ana|Ben|Another/);
        expect(isSettled(erased)).toBe(true);
      }),
      { numRuns: 400 },
    );
  });
});
