/** Brings the files that an event names from a folder into the store. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { AcceptedRoom } from '../domain/room.ts';
import type { ObjectStore } from '../pipeline/ports.ts';

/** Throws an Error that lists every file that is missing, before anything is uploaded. */
export async function uploadRoomFiles(room: AcceptedRoom, folder: string, store: ObjectStore): Promise<number> {
  const keys = room.tracks.map(({ key }) => key);
  if (room.room.artworkKey) keys.push(room.room.artworkKey);
  const missing: string[] = [];
  for (const key of keys) {
    const isThere = await stat(join(folder, key))
      .then((found) => found.isFile())
      .catch(() => false);
    if (!isThere) missing.push(key);
  }
  if (missing.length > 0) {
    throw new Error(
      `these files of the event are not in ${folder}:\n${missing.map((key) => `  - ${key}`).join('\n')}\n` +
        'Put them there under the same relative paths, or leave out --tracks when the store has them already.',
    );
  }
  for (const key of keys) {
    await store.put(key, { file: join(folder, key) }, { contentType: contentTypeOf(key) });
  }
  return keys.length;
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
