/** Rooms on disk, built from a conversation and encoded material by copying packets; kept in the temp folder by key. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '../../src/domain/ids.ts';
import { removeFolder } from '../support/temp-folder.ts';
import {
  type Conversation,
  recordedStretches,
  type Stretch,
  type TrackKind,
  type Turn,
  turnsOf,
} from './conversation.ts';
import { encodeMaterial, type Microphone } from './material.ts';
import { PACKETS_PER_SECOND, writeOggOpus } from './ogg-opus.ts';
import { seededRandom } from './random.ts';
import type { Voices } from './voices.ts';

interface RoomTrack {
  readonly participantId: string;
  /** File name in the room's folder. */
  readonly key: string;
  /** On the room's clock. */
  readonly startSeconds: number;
  readonly durationSeconds: number;
  readonly bytes: number;
}

export interface Room {
  readonly seconds: number;
  /** Of all speakers together, pauses between sentences not counted. */
  readonly speechSeconds: number;
  readonly tracks: readonly RoomTrack[];
}

export interface BuiltRoom extends Room {
  readonly folder: string;
}

export interface RoomBuilder {
  build(conversation: Conversation, kind: TrackKind): Promise<BuiltRoom>;
  /** What was built, or found from earlier, is removed. */
  removeAll(): void;
}

/** Rooms built by other rules have another key. */
const RULES = 1;
/** Tells a room's folder; what it says is the room. */
const ROOM_FILE = 'room.json';

export function createRoomBuilder(
  voices: Voices,
  seed: number,
  ffmpeg: { path: string; version: string },
): RoomBuilder {
  let material: Promise<Microphone[]> | undefined;
  const folders = new Set<string>();
  return {
    async build(conversation, kind) {
      const key = sha256(JSON.stringify([RULES, voices.digest, seed, ffmpeg.version, conversation, kind])).slice(0, 16);
      const folder = join(tmpdir(), `aftershow-bench-room-${key}`);
      folders.add(folder);
      if (!existsSync(join(folder, ROOM_FILE))) {
        material ??= voices.load().then((loaded) => encodeMaterial(loaded, seed, ffmpeg.path));
        const unfinished = `${folder}.${process.pid}`;
        folders.add(unfinished);
        mkdirSync(unfinished);
        const room = writeRoom(unfinished, conversation, kind, await material);
        writeFileSync(join(unfinished, ROOM_FILE), JSON.stringify(room));
        removeFolder(folder);
        renameSync(unfinished, folder);
      }
      return { ...(JSON.parse(readFileSync(join(folder, ROOM_FILE), 'utf8')) as Room), folder };
    },
    removeAll() {
      for (const folder of folders) removeFolder(folder);
    },
  };
}

function writeRoom(
  folder: string,
  conversation: Conversation,
  kind: TrackKind,
  microphones: readonly Microphone[],
): Room {
  const turns = turnsOf(conversation);
  const tracks: RoomTrack[] = [];
  let speechPackets = 0;
  for (let speaker = 0; speaker < conversation.speakers; speaker += 1) {
    const microphone = microphones[speaker % microphones.length];
    if (!microphone) throw new Error('no material to build a room of');
    const random = seededRandom(conversation.seed + 1000 + speaker);
    const own = turns.filter((turn) => turn.speaker === speaker);
    for (const [index, stretch] of recordedStretches(conversation, kind, speaker, own).entries()) {
      const key = `p${speaker + 1}-${index + 1}.ogg`;
      const spoken = { packets: 0 };
      const packets = packetsOf(microphone, stretch, own, random, spoken);
      const written = writeOggOpus(join(folder, key), packets, speaker * 10_000 + index);
      speechPackets += spoken.packets;
      // Platforms tell milliseconds.
      const startSeconds = Math.round(stretch.startSeconds * 1000) / 1000;
      tracks.push({ participantId: `p${speaker + 1}`, key, startSeconds, ...written });
    }
  }
  return { seconds: conversation.minutes * 60, speechSeconds: speechPackets / PACKETS_PER_SECOND, tracks };
}

/** Sentences while it is the speaker's turn, noise otherwise. */
function* packetsOf(
  { noise, sentences }: Microphone,
  stretch: Stretch,
  turns: readonly Turn[],
  random: () => number,
  spoken: { packets: number },
): Generator<Uint8Array> {
  const count = Math.floor((stretch.endSeconds - stretch.startSeconds) * PACKETS_PER_SECOND);
  let at = 0;
  function* noiseUntil(end: number): Generator<Uint8Array> {
    const offset = Math.floor(random() * noise.length);
    for (const from = at; at < end; at += 1) yield noise[(offset + at - from) % noise.length] ?? new Uint8Array();
  }
  for (const turn of turns) {
    const start = Math.round((turn.startSeconds - stretch.startSeconds) * PACKETS_PER_SECOND);
    const end = Math.min(count, start + Math.round(turn.lengthSeconds * PACKETS_PER_SECOND));
    if (start < at || start >= count) continue;
    yield* noiseUntil(start);
    for (;;) {
      const sentence = sentences[Math.floor(random() * sentences.length)] ?? [];
      const pause = Math.round((0.1 + 0.4 * random()) * PACKETS_PER_SECOND);
      // A turn's first sentence is cut short rather than missing.
      const said = at === start ? sentence.slice(0, end - at) : sentence;
      if (at + said.length > end || said.length === 0) break;
      yield* said;
      at += said.length;
      spoken.packets += said.length;
      yield* noiseUntil(Math.min(end, at + pause));
    }
  }
  yield* noiseUntil(count);
}
