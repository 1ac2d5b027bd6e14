/** A show: what its feed says of it, and how its rooms become episodes. */
import { z } from 'zod';
import { Notice } from './failure.ts';
import { ShowId } from './ids.ts';
import { Retention } from './retention.ts';
import { Description, Instant, isWebAddress, LanguageTag, Title, TrackKey } from './room.ts';
import { ChannelSettings } from './show-channel.ts';

const WebAddress = z.string().max(2048).refine(isWebAddress, 'must be an http or https address');

export const LoudnessTarget = z.object({
  integratedLufs: z.number().min(-34).max(-9).default(-16),
  truePeakDbtp: z.number().min(-9).max(-0.5).default(-1),
});
export type LoudnessTarget = z.infer<typeof LoudnessTarget>;

/** How the show's rooms are made into audio. */
export const SoundSettings = z.object({
  /** `both-equal`: two channels that carry the same; `stage`: speakers placed a little apart; `mono`: one channel. */
  channels: z.enum(['both-equal', 'mono', 'stage']).default('both-equal'),
  bitrateKbps: z.literal([64, 80, 96, 112, 128, 160, 192]).default(96),
  /** Cuts what comes before the first and after the last sound. */
  trimDeadAir: z.boolean().default(false),
  /** Shortens long silences in which nobody speaks; an episode's own edit overrules it. */
  shortenSilences: z.boolean().default(false),
  noiseReduction: z.boolean().default(false),
  /** Keys of sound files: played before, after, and softly under the conversation. */
  introKey: TrackKey.optional(),
  outroKey: TrackKey.optional(),
  bedKey: TrackKey.optional(),
  /** Further files beside the MP3, in formats that some apps prefer. */
  alternates: z
    .array(z.enum(['aac', 'opus']))
    .max(2)
    .default([]),
});
export type SoundSettings = z.infer<typeof SoundSettings>;

/** What a creator may set; the body of PUT /api/shows/:showId. */
export const ShowSettings = z.object({
  title: Title,
  description: Description.default(''),
  author: z.string().max(256).default(''),
  /** Whom a directory writes to, where that is not the author. */
  ownerName: z.string().max(256).optional(),
  ownerEmail: z.union([z.email('must be an e-mail address'), z.literal('')]).default(''),
  link: WebAddress.optional(),
  language: LanguageTag.default('en'),
  explicit: z.boolean().default(false),
  /** `Music` or `Music > Music Interviews`; the first is the main one. */
  categories: z.array(z.string().max(128)).max(3).default([]),
  artworkKey: TrackKey.optional(),
  type: z.enum(['episodic', 'serial']).default('episodic'),
  copyright: z.string().max(512).optional(),
  funding: z
    .array(z.object({ url: WebAddress, text: z.string().max(128) }))
    .max(10)
    .default([]),
  ...ChannelSettings.shape,
  /** Most episodes in the feed itself, older ones then being on archive pages; all unless told otherwise. */
  feedItems: z.int().min(10).max(100_000).optional(),
  locked: z.boolean().default(true),
  /** Where the show's feed is from now on, at another host: apps that ask for this one are sent there. */
  newFeedUrl: WebAddress.optional(),
  private: z.boolean().default(false),
  publishMode: z.enum(['auto', 'draft']).default('auto'),
  incompleteTracks: z.enum(['draft', 'publish-marked', 'fail']).default('draft'),
  callbackUrl: WebAddress.optional(),
  loudness: LoudnessTarget.prefault({}),
  sound: SoundSettings.prefault({}),
  retention: Retention.prefault({}),
});
export type ShowSettings = z.infer<typeof ShowSettings>;

/** The feed format this program writes; a stored show with a higher one belongs to a newer program. */
export const FEED_FORMAT = 1;

/** The stored record: shows/<showId>/show.json. */
export const Show = ShowSettings.extend({
  id: ShowId,
  /** Grows with every write; part of the feed's generation. */
  version: z.int().positive(),
  createdAt: Instant,
  updatedAt: Instant,
  /** podcast:guid, assigned once and kept wherever the feed moves. */
  podcastGuid: z.uuid(),
  /** The WebSub hub that is told of every change of the feed; the operator's to set. Empty: none, whatever the settings say. */
  hubUrl: z.string().optional(),
  publicUrl: z.string(),
  /** Where it lived before: whoever asks there for the feed is told where it is now. */
  formerPublicUrls: z.array(z.string()).optional(),
  feedFormat: z.int().positive(),
  /** The current cover under public/, once it was made. */
  cover: z
    .object({
      key: z.string(),
      generated: z.boolean(),
      /** The `artworkKey` that the show had when this cover was chosen: another one asks for another cover. */
      artworkKey: z.string().optional(),
      /** The title that a generated cover shows: another title asks for another cover. */
      title: z.string().optional(),
      widthPx: z.int().positive().optional(),
      /** The same picture smaller, the largest first. */
      smaller: z.array(z.object({ key: z.string(), widthPx: z.int().positive() })).optional(),
      /** What was said of the picture when it was made. */
      warnings: z.array(Notice).optional(),
    })
    .optional(),
});
export type Show = z.infer<typeof Show>;

/** Of a show's cover in all its sizes, the largest first. */
export const coverKeys = ({ key, smaller = [] }: NonNullable<Show['cover']>): string[] => [
  key,
  ...smaller.map((one) => one.key),
];
