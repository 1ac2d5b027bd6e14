/** A small room on disk that can be rendered for real: tracks in a folder store, a manifest, an engine. */
import { mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { openFolderStore } from '../../src/adapters/folder/folder-store.ts';
import { createSoundEngine, type SoundEngine } from '../../src/adapters/sound/sound-engine.ts';
import { createWorkFolders } from '../../src/adapters/work-folders.ts';
import type { RenderReport } from '../../src/audio/report.ts';
import type { Manifest } from '../../src/domain/episode.ts';
import { roomHash, type Sha256 } from '../../src/domain/ids.ts';
import { newManifest } from '../../src/domain/new-episode.ts';
import { AcceptedRoom } from '../../src/domain/room.ts';
import { SoundSettings } from '../../src/domain/show.ts';
import type { JobProgress, ObjectStore } from '../../src/pipeline/ports.ts';
import { type RenderInput, type RenderResult, renderEpisode } from '../../src/pipeline/render.ts';
import { masterKey, reportKey } from '../../src/storage/object-keys.ts';
import { makeTempFolder, removeFolder } from './temp-folder.ts';

const ROOM_START_MS = Date.parse('2026-11-22T19:30:00.000Z');
export const instant = (seconds: number) => new Date(ROOM_START_MS + seconds * 1000).toISOString();

export interface RoomOptions {
  readonly seconds: number;
  readonly tracks: readonly Record<string, unknown>[];
  readonly participants?: readonly Record<string, unknown>[];
  readonly edit?: Record<string, unknown>;
}

/** Participants follow from the tracks unless given. Excluded tracks stay in it, to prove that rendering leaves them alone. */
export function manifestOf({ seconds, tracks, participants, edit }: RoomOptions): Manifest {
  const ids = [...new Set(tracks.map((track) => track['participantId']))];
  const accepted = AcceptedRoom.parse({
    room: { id: 'rm-1', showId: 'show', title: 'A room', startedAt: instant(0), endedAt: instant(seconds) },
    participants: participants ?? ids.map((id) => ({ id })),
    tracks,
    markers: [],
    edit: edit ?? {},
  });
  const manifest = newManifest(accepted, {
    roomHash: roomHash(accepted.room.id),
    now: new Date(ROOM_START_MS),
    trackDeadlineSeconds: 600,
    defaultMode: { mode: 'auto' },
  });
  return { ...manifest, tracks: accepted.tracks.map((track) => ({ ...track, state: 'expected' as const })) };
}

export interface Studio {
  readonly folder: string;
  /** Where renders go. */
  readonly bucket: ObjectStore;
  /** Where a track with this key lies. */
  track(key: string): string;
  readonly engine: SoundEngine;
  render(manifest: Manifest, options?: RenderOptions): Promise<RenderResult>;
  masterPath(renderKey: Sha256): string;
  report(renderKey: Sha256): Promise<RenderReport>;
  /** What is left in the folder for work files. */
  leftovers(): string[];
  /** Processes that work in this studio's folders. */
  processes(): number[];
  close(): Promise<void>;
}

export type Rendered = Extract<RenderResult, { kind: 'rendered' }>;

/** Throws when it comes out otherwise. */
export async function rendered(studio: Studio, manifest: Manifest, options?: RenderOptions): Promise<Rendered> {
  const result = await studio.render(manifest, options);
  if (result.kind !== 'rendered') throw new Error(`not rendered but ${result.kind}`);
  return result;
}

interface RenderOptions extends Partial<Omit<RenderInput, 'manifest'>> {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: JobProgress) => void;
  readonly bucket?: ObjectStore;
  readonly trackStore?: ObjectStore;
}

const quiet = { info: () => {}, warn: () => {}, error: () => {} };

interface StudioOptions {
  readonly threads?: number;
  /** One that is used by several studios: starting its threads costs as much as a short room. It is not closed here. */
  readonly engine?: SoundEngine;
}

export function openStudio(ffmpegPath: string, { engine: shared, ...options }: StudioOptions = {}): Studio {
  const folder = makeTempFolder('studio');
  const [trackRoot, bucketRoot, workRoot] = ['tracks', 'bucket', 'work'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  for (const path of [trackRoot, bucketRoot, workRoot]) mkdirSync(path);
  const [trackStore, bucket] = [openFolderStore(trackRoot), openFolderStore(bucketRoot)];
  const engine = shared ?? createSoundEngine({ path: ffmpegPath, ...options });
  return {
    folder,
    bucket,
    engine,
    track: (key) => join(trackRoot, key),
    masterPath: (renderKey) => join(bucketRoot, masterKey(renderKey)),
    async report(renderKey) {
      const chunks: Buffer[] = [];
      for await (const chunk of (await bucket.get(reportKey(renderKey)))?.body ?? []) chunks.push(chunk);
      return JSON.parse(Buffer.concat(chunks).toString());
    },
    render: (manifest, options = {}) =>
      renderEpisode(
        {
          manifest,
          target: options.target ?? { integratedLufs: -16, truePeakDbtp: -1 },
          sound: options.sound ?? SoundSettings.parse({}),
          incompleteTracks: options.incompleteTracks ?? 'draft',
          deadlinePassed: options.deadlinePassed ?? true,
        },
        {
          bucket: options.bucket ?? bucket,
          trackStore: options.trackStore ?? trackStore,
          audio: engine,
          workFolders: createWorkFolders(workRoot),
          log: quiet,
        },
        {
          signal: options.signal ?? new AbortController().signal,
          progress: async (progress) => options.onProgress?.(progress),
        },
      ),
    leftovers: () => readdirSync(workRoot),
    processes: () => processesIn(folder),
    async close() {
      if (engine !== shared) await engine.close();
      removeFolder(folder);
    },
  };
}

/** Ids of processes whose working directory lies below `folder`. */
export function processesIn(folder: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/cwd`).startsWith(folder);
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** ffmpeg has put up its own handlers: before that a signal ends it as any program. */
export function handlesSignals(pid: number): boolean {
  try {
    const [, caught = '0'] = /^SigCgt:\s*([0-9a-f]+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return readlinkSync(`/proc/${pid}/exe`).includes('ffmpeg') && (BigInt(`0x${caught}`) & 0b10n) !== 0n;
  } catch {
    return false;
  }
}

/** Waits until `check` gives something, at most ten seconds. */
export async function eventually<T>(what: string, check: () => T | undefined | false): Promise<T> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const value = check();
    if (value !== undefined && value !== false) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`gave up waiting: ${what}`);
}
