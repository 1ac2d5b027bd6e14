/** Stems on request: who is in the archive, where each sound lies, and what is left when the recordings are gone. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseBuffer } from 'music-metadata';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFolderStore } from '../../src/adapters/folder/folder-store.ts';
import { createWorkFolders } from '../../src/adapters/work-folders.ts';
import { zipBytes } from '../../src/adapters/zip.ts';
import type { Manifest } from '../../src/domain/episode.ts';
import { openStemArchive } from '../../src/pipeline/stem-archive.ts';
import { stemNames } from '../../src/pipeline/stem-names.ts';
import { instant, manifestOf, openStudio, type Studio } from '../support/render-room.ts';
import { addAt, babble, chirp, decode, FFMPEGS, locate, silence, writeSound } from '../support/sounds.ts';
import { readZip } from '../support/stored-zip.ts';

const SECONDS = 14;

describe.each(FFMPEGS)('with $name', ({ path }) => {
  let studio: Studio;
  let manifest: Manifest;

  beforeAll(async () => {
    studio = openStudio(path, { threads: 2 });
    const withChirp = (seed: number) =>
      addAt(
        babble(4, 0.3, seed),
        chirp().map((value) => 1.6 * value),
        4 - 1,
      );
    writeSound(studio.track('ana-1.wav'), withChirp(7));
    writeSound(studio.track('ana-2.wav'), withChirp(8));
    writeSound(studio.track('ben.ogg'), withChirp(9));
    writeSound(studio.track('eve.wav'), withChirp(10));
    writeSound(studio.track('still.wav'), silence(3));
    const track = (participantId: string, key: string, at: number) => ({ participantId, key, startedAt: instant(at) });
    manifest = manifestOf({
      seconds: SECONDS,
      participants: [
        { id: 'p1', name: 'Ana Quimera', role: 'host' },
        { id: 'p2', name: 'Ben/Zanzibar: "B"' },
        { id: 'p3', name: 'Eve Hidden', consent: false },
        { id: 'p4', name: 'Still' },
      ],
      tracks: [
        track('p1', 'ana-1.wav', 0.512),
        track('p1', 'ana-2.wav', 8.25),
        track('p2', 'ben.ogg', 3),
        track('p3', 'eve.wav', 0),
        track('p4', 'still.wav', 0),
      ],
      // What the episode leaves out of the room is in the stems.
      edit: { trimStartSeconds: 2 },
    });
    const result = await studio.render(manifest);
    if (result.kind !== 'rendered') throw new Error('not rendered');
    manifest = { ...manifest, master: result.master, tracks: result.tracks, renderedRequest: 1 };
  }, 60_000);
  afterAll(() => studio?.close());

  async function zipOf(changed: Manifest = manifest): Promise<Map<string, Buffer>> {
    const archive = await openStemArchive(
      changed,
      {
        bucket: openFolderStore(join(studio.folder, 'bucket')),
        trackStore: openFolderStore(studio.track('')),
        audio: studio.engine,
        workFolders: createWorkFolders(join(studio.folder, 'work')),
      },
      { signal: new AbortController().signal, progress: async () => {} },
    );
    try {
      const chunks: Uint8Array[] = [];
      for await (const chunk of zipBytes(archive.entries())) chunks.push(chunk);
      return readZip(Buffer.concat(chunks));
    } finally {
      await archive.close();
    }
  }

  function sound(zip: Map<string, Buffer>, name: string): Float32Array {
    const file = join(studio.folder, 'unzipped', name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, zip.get(name) ?? '');
    return decode(file)[0];
  }

  function expectAligned(zip: Map<string, Buffer>): void {
    const ana = sound(zip, 'Ana Quimera.flac');
    for (const at of [0.512 + 3, 8.25 + 3]) expect(Math.abs(locate(chirp(), ana, at) - at)).toBeLessThan(0.002);
    expect(Math.abs(locate(chirp(), sound(zip, 'Ben Zanzibar B.flac'), 6) - 6)).toBeLessThan(0.002);
    expect(ana.length).toBe(SECONDS * 48_000);
  }

  it('has one FLAC of 24 bits for each who is heard, as long as the room and in its time, and nobody else', async () => {
    const zip = await zipOf();
    expect([...zip.keys()]).toEqual(['Ana Quimera.flac', 'Ben Zanzibar B.flac', 'turns.json']);
    expectAligned(zip);
    for (const [name, bytes] of zip) {
      expect(bytes.includes('Eve')).toBe(false);
      if (!name.endsWith('.flac')) continue;
      const { format } = await parseBuffer(bytes);
      expect(format).toMatchObject({ bitsPerSample: 24, sampleRate: 48_000, numberOfChannels: 1, lossless: true });
    }
    expect(studio.leftovers()).toEqual([]);
  }, 30_000);

  it('tells who talks when, on the clock of the stems', async () => {
    const turns = JSON.parse((await zipOf()).get('turns.json')?.toString() ?? '');
    expect(turns).toMatchObject({ format: 1, clock: 'room', durationSeconds: SECONDS });
    expect(turns.stems).toEqual([
      { participantId: 'p1', kind: 'speech', file: 'Ana Quimera.flac' },
      { participantId: 'p2', kind: 'speech', file: 'Ben Zanzibar B.flac' },
    ]);
    const starts = (id: string) =>
      turns.turns.filter((turn: { participantId: string }) => turn.participantId === id).map(startOf);
    expect(starts('p1')[0]).toBeCloseTo(0.55, 0);
    expect(starts('p2')[0]).toBeCloseTo(3, 0);
  }, 30_000);

  it('leaves out whoever was left out since, also from what was kept', async () => {
    const without = { ...manifest, excludedParticipantIds: [manifest.tracks[2]?.participantId ?? ('' as never)] };
    expect([...(await zipOf(without)).keys()]).toEqual(['Ana Quimera.flac', 'turns.json']);
  }, 30_000);

  it('comes from what was kept where the recordings are gone, and is refused where nothing was', async () => {
    for (const name of ['ana-1.wav', 'ben.ogg']) rmSync(studio.track(name));
    const zip = await zipOf();
    expect([...zip.keys()]).toEqual(['Ana Quimera.flac', 'Ben Zanzibar B.flac', 'turns.json']);
    expectAligned(zip);
    const stems = join(studio.folder, 'bucket', 'renders', manifest.master?.renderKey ?? '', 'stems', 'index.json');
    rmSync(stems);
    await expect(zipOf()).rejects.toMatchObject({ code: 'tracks-gone' });
    expect(studio.leftovers()).toEqual([]);
  }, 30_000);
});

const startOf = ({ startSeconds }: { startSeconds: number }) => startSeconds;

describe('names of stems', () => {
  const named = (...names: (string | undefined)[]) =>
    stemNames(
      names.map((_, index) => ({ participantId: String(index), kind: 'speech' })),
      (id) => names[Number(id)],
    );

  it.each<[string | undefined, string]>([
    ['Ana', 'Ana'],
    ['../../etc/passwd', 'etc passwd'],
    ['C:\\Windows\\ana', 'C Windows ana'],
    ['a\u0000b\nc\u202Ed', 'ab c d'],
    ['. . .', 'Speaker 1'],
    ['', 'Speaker 1'],
    [undefined, 'Speaker 1'],
    ['con', 'con_'],
    ['日本語 😀', '日本語 😀'],
    ['x'.repeat(300), 'x'.repeat(80)],
  ])('makes of %j a name that every system can keep', (name, expected) => {
    expect(named(name)).toEqual([expected]);
  });

  it('gives no two the same, whatever the case', () => {
    expect(named('Ana', 'ANA', 'ana 2', 'Ana')).toEqual(['Ana', 'ANA 2', 'ana 2 2', 'Ana 3']);
  });

  it('tells music from speech of the same person', () => {
    const both = [
      { participantId: 'p', kind: 'speech' },
      { participantId: 'p', kind: 'music' },
    ] as const;
    expect(stemNames(both, () => 'Ana')).toEqual(['Ana', 'Ana (music)']);
  });
});
