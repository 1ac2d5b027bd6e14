/** A live room as it ended: who was in it, which tracks were recorded, what was marked. */
import { z } from 'zod';
import { ParticipantId, RoomId, Sha256, ShowId } from './ids.ts';
import { keyProblem } from './object-key.ts';

/** An instant, kept as ISO 8601 in UTC with milliseconds. */
export const Instant = z.iso
  .datetime({ offset: true, error: 'must be an ISO 8601 date and time with a zone, like 2026-11-22T19:30:00.000Z' })
  .transform((text) => new Date(text).toISOString());

/** Whatever `cleanText` may change. Most texts have none of it, and a feed of ten thousand episodes has half a million texts. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is the purpose
const UNCLEAN = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\uD800-\uDFFF\uFFFD-\uFFFF]/;

/** Drops characters that XML 1.0 and tag readers cannot carry: controls (but tab and newline), lone surrogates, U+FFFE/F. */
export function cleanText(text: string): string {
  if (!UNCLEAN.test(text)) return text;
  return (
    text
      .toWellFormed()
      .replaceAll('\uFFFD', '')
      .replace(/\r\n?/g, '\n')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: removing control characters is the purpose
      .replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\uFFFE\uFFFF]/g, '')
  );
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

const encoder = new TextEncoder();

/** A unit of UTF-16 takes three bytes of UTF-8 at most; what takes four has two units. */
const MOST_BYTES_OF_A_UNIT = 3;

/** At most `maxBytes` of UTF-8, cut between graphemes, with an ellipsis where something was cut. */
export function cutText(text: string, maxBytes: number): string {
  if (text.length * MOST_BYTES_OF_A_UNIT <= maxBytes || Buffer.byteLength(text) <= maxBytes) return text;
  const { read } = encoder.encodeInto(text, new Uint8Array(Math.max(0, maxBytes - Buffer.byteLength('…'))));
  // Asked for the one place: walking there from the start takes a millisecond for a long description.
  const cut = graphemes.segment(text.slice(0, maxBytes)).containing(read)?.index ?? read;
  return `${text.slice(0, cut)}…`;
}

export const TITLE_MAX_BYTES = 512;
export const DESCRIPTION_MAX_BYTES = 4000;

const line = (maxBytes: number) =>
  z.string().transform((text) => cutText(cleanText(text).replace(/\s+/g, ' ').trim(), maxBytes));
export const Title = line(TITLE_MAX_BYTES).refine((text) => text.length > 0, 'must not be empty');
const PersonName = line(256);
export const Description = z.string().transform((text) => cutText(cleanText(text).trim(), DESCRIPTION_MAX_BYTES));

/** A web address that may stand in a public feed; `javascript:` and the like become undefined rather than an error. */
export const PublicLink = z
  .string()
  .max(2048)
  .transform((text) => (isWebAddress(text) ? text : undefined))
  .optional();

/** Undefined for what is no address of the web. */
export function webAddress(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const address = new URL(text);
  return address.protocol === 'https:' || address.protocol === 'http:' ? address : undefined;
}

export const isWebAddress = (text: string): boolean => webAddress(text) !== undefined;

/** A relative object key of the platform's: never absolute, never upwards, never a URL. */
export const TrackKey = z
  .string()
  .superRefine((key, context) => {
    const problem = keyProblem(key);
    if (problem) context.addIssue({ code: 'custom', message: `cannot be a key: ${problem}` });
  })
  .refine((key) => !/^[a-z][a-z0-9+.-]*:/i.test(key), 'must be a key, not a URL')
  .refine((key) => !key.startsWith('.'), 'must not begin with a dot')
  .brand<'TrackKey'>();
export type TrackKey = z.infer<typeof TrackKey>;

export const LanguageTag = z
  .string()
  .regex(/^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*$/, 'must be a language tag like en or pt-BR');

export const Room = z.object({
  id: RoomId,
  showId: ShowId,
  title: Title,
  description: Description.optional(),
  startedAt: Instant,
  endedAt: Instant,
  language: LanguageTag.optional(),
  explicit: z.boolean().optional(),
  artworkKey: TrackKey.optional(),
});
export type Room = z.infer<typeof Room>;

export const Participant = z.object({
  id: ParticipantId,
  name: PersonName.optional(),
  role: z.enum(['host', 'speaker', 'guest']).default('speaker'),
  consent: z.boolean().default(true),
  url: PublicLink,
  imageUrl: PublicLink,
});
export type Participant = z.infer<typeof Participant>;

export const Track = z.object({
  participantId: ParticipantId,
  key: TrackKey,
  startedAt: Instant,
  /** `music`: played music; mixed as it is, with no gate, levelling or high-pass. */
  kind: z.enum(['speech', 'music']).default('speech'),
  bytes: z.int().nonnegative().optional(),
  sha256: z
    .string()
    .transform((text) => text.toLowerCase())
    .pipe(Sha256)
    .optional(),
  durationSeconds: z.number().nonnegative().optional(),
});
export type Track = z.infer<typeof Track>;

export const Marker = z.object({
  at: Instant,
  title: Title,
  url: PublicLink,
  /** Who set it, where the platform tells: it goes when they leave. */
  participantId: ParticipantId.optional(),
});
export type Marker = z.infer<typeof Marker>;

/** What is cut or left out, as data, applied alike to audio, chapters and turns. */
export const EditList = z.object({
  trimStartSeconds: z.number().nonnegative().optional(),
  trimEndSeconds: z.number().nonnegative().optional(),
  shortenSilences: z.boolean().optional(),
  excludeParticipantIds: z.array(ParticipantId).max(1000).optional(),
});
export type EditList = z.infer<typeof EditList>;

export const PublishMode = z
  .discriminatedUnion('mode', [
    z.object({ mode: z.literal('auto') }),
    z.object({ mode: z.literal('draft') }),
    z.object({ mode: z.literal('scheduled'), at: Instant }),
  ])
  .describe('when the finished episode enters the feed');
export type PublishMode = z.infer<typeof PublishMode>;

/** A room.ended event as it is stored and worked on: nobody who is left out has a name, a link or a track in it. */
export const AcceptedRoom = z.object({
  room: Room,
  participants: z.array(Participant),
  tracks: z.array(Track),
  markers: z.array(Marker),
  edit: EditList,
  publish: PublishMode.optional(),
  /** A mark of everybody who gave no consent, or left since: domain/left-out.ts. */
  leftOut: z.array(Sha256).optional(),
});
export type AcceptedRoom = z.infer<typeof AcceptedRoom>;

export function roomDurationSeconds(room: Pick<Room, 'startedAt' | 'endedAt'>): number {
  return (Date.parse(room.endedAt) - Date.parse(room.startedAt)) / 1000;
}
