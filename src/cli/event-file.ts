/** Reads a room.ended event from a file, and says in words what does not fit. */

import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { unreadableFile } from '../adapters/unreadable-file.ts';
import { messageOf } from '../domain/failure.ts';
import { issuesOf } from '../http/problem.ts';
import { type PlatformEvent, parseEvent } from '../webhook/events.ts';
import { parseStrictJson } from '../webhook/strict-json.ts';

type RoomEnded = Extract<PlatformEvent, { type: 'room.ended' }>;

export interface EventFile {
  readonly event: RoomEnded;
  /** As it stands in the file: what is signed and sent. */
  readonly text: string;
}

/** Throws an Error that names the file and lists everything that is wrong with it. */
export async function readEventFile(file: string): Promise<EventFile> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw unreadableFile(file, error);
  });
  const event = understand(file, text);
  if (event.type !== 'room.ended') {
    throw new Error(
      `${file} is no room.ended event: publish takes the event of a whole room, with "type": "room.ended"`,
    );
  }
  return { event, text };
}

function understand(file: string, text: string): PlatformEvent {
  try {
    return parseEvent(parseStrictJson(text));
  } catch (error) {
    if (!(error instanceof z.ZodError)) {
      throw new Error(`${file} is not JSON as we take it: ${messageOf(error)}`, { cause: error });
    }
    const lines = issuesOf(error).map(({ path, message }) => `  - ${path || 'the event'}: ${message}`);
    throw new Error(`${file} does not fit:\n${lines.join('\n')}`, { cause: error });
  }
}
