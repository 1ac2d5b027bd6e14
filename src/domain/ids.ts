/** Names of things, branded so that one kind is never passed for another, and how they follow from a room. */
import { createHash } from 'node:crypto';
import { z } from 'zod';

export const ShowId = z
  .string()
  .regex(/^[a-z0-9-]{1,64}$/, 'must be 1 to 64 of a-z, 0-9 and -')
  .brand<'ShowId'>();
export type ShowId = z.infer<typeof ShowId>;

const MAX_ROOM_ID_BYTES = 256;
/** One session of a room. Any printable text; stored in NFC, so that NFC and NFD spellings are one room. */
export const RoomId = z
  .string()
  .transform((text) => text.normalize('NFC'))
  .refine((text) => text.length > 0, 'must not be empty')
  .refine((text) => Buffer.byteLength(text) <= MAX_ROOM_ID_BYTES, `must be at most ${MAX_ROOM_ID_BYTES} bytes of UTF-8`)
  .refine((text) => !/[\p{Cc}\p{Cs}]/u.test(text), 'must be printable: no control characters, no lone surrogates')
  .brand<'RoomId'>();
export type RoomId = z.infer<typeof RoomId>;

export const ParticipantId = z.string().min(1).max(256).brand<'ParticipantId'>();
export type ParticipantId = z.infer<typeof ParticipantId>;

/** 64 lower-case hex digits. */
export const Sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits')
  .brand<'Sha256'>();
export type Sha256 = z.infer<typeof Sha256>;

export const EpisodeId = z
  .string()
  .regex(/^ep-[0-9a-f]{32}$/)
  .brand<'EpisodeId'>();
export type EpisodeId = z.infer<typeof EpisodeId>;

export function sha256(content: string | Uint8Array): Sha256 {
  return createHash('sha256').update(content).digest('hex') as Sha256;
}

/** What stands for a room in keys, paths and job ids, whatever text its id is. */
export function roomHash(roomId: RoomId): Sha256 {
  return sha256(`room\n${roomId}`);
}

/** Permanent: the same room of the same show is the same episode for ever. */
export function episodeIdFor(showId: ShowId, roomId: RoomId): EpisodeId {
  return `ep-${sha256(`episode\n${showId}\n${roomId}`).slice(0, 32)}` as EpisodeId;
}

/** What stands for an imported item, whose GUID may be any text. No room has it, whatever that room is called. */
export function importHash(showId: ShowId, guid: string): Sha256 {
  return sha256(`import\n${showId}\n${guid}`);
}

/** Permanent: the same GUID imported into the same show is the same episode for ever. */
export function importedEpisodeIdFor(showId: ShowId, guid: string): EpisodeId {
  return `ep-${importHash(showId, guid).slice(0, 32)}` as EpisodeId;
}

/** The feed item's permanent identity: a UUID of version 8 (RFC 9562) made from show and room. */
export function episodeGuidFor(showId: ShowId, roomId: RoomId): string {
  return uuidOf(`guid\n${showId}\n${roomId}`);
}

/** Of the live item that announces the room; apart from its episode's, so that apps never take the one for the other. */
export function liveGuidFor(showId: ShowId, roomId: RoomId): string {
  return uuidOf(`live guid\n${showId}\n${roomId}`);
}

function uuidOf(name: string): string {
  const hex = sha256(name);
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
