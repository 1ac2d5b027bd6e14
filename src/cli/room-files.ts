/** Brings the files that an event names from a folder into the store. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { AcceptedRoom } from '../domain/room.ts';
import type { ObjectStore } from '../pipeline/ports.ts';

export interface RoomFile {
  readonly key: string;
  readonly path: string;
}

/** Throws an Error that lists every file that is missing. */
export async function findRoomFiles(room: AcceptedRoom, folder: string): Promise<RoomFile[]> {
  const { artworkKey } = room.room;
  const keys = [...room.tracks.map(({ key }) => key), ...(artworkKey ? [artworkKey] : [])];
  const files = keys.map((key) => ({ key, path: join(folder, key) }));
  if (!(await isOf(folder, 'isDirectory'))) throw new Error(`there is no folder ${folder} to take tracks from`);
  const missing: string[] = [];
  for (const { key, path } of files) if (!(await isOf(path, 'isFile'))) missing.push(`  - ${key}`);
  if (missing.length === 0) return files;
  throw new Error(
    `these files of the event are not in ${folder}:\n${missing.join('\n')}\n` +
      'Put them there under the same relative paths, or leave out --tracks when the store has them already.',
  );
}

function isOf(path: string, kind: 'isFile' | 'isDirectory'): Promise<boolean> {
  return stat(path).then(
    (found) => found[kind](),
    () => false,
  );
}

export async function uploadRoomFiles(
  files: readonly RoomFile[],
  store: ObjectStore,
  signal: AbortSignal,
): Promise<void> {
  for (const { key, path } of files) {
    await store.put(key, { file: path }, { contentType: contentTypeOf(key), signal });
  }
}

const TYPES: Record<string, string> = {
  ogg: 'audio/ogg',
  opus: 'audio/ogg',
  webm: 'audio/webm',
  wav: 'audio/wav',
  flac: 'audio/flac',
  mp3: 'audio/mpeg',
  m4a: 'audio/mp4',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  png: 'image/png',
};

function contentTypeOf(key: string): string {
  return TYPES[key.slice(key.lastIndexOf('.') + 1).toLowerCase()] ?? 'application/octet-stream';
}
