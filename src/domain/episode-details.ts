/** What a creator may say of an episode beyond its words and its sound: numbers with names, clips, links, licence, disclosure. */
import { z } from 'zod';
import { PermanentFailure } from './failure.ts';
import { Sha256 } from './ids.ts';
import { cleanText, isWebAddress } from './room.ts';
import { AiContent } from './show-channel.ts';

/** The Podcasting 2.0 namespace's bounds, in characters. */
const SOUNDBITE_TITLE_MAX = 128;
const SEASON_NAME_MAX = 128;
const EPISODE_DISPLAY_MAX = 32;
const LINK_TEXT_MAX = 128;
/** It recommends 15 to 120 seconds; apps that make clips of soundbites refuse others. */
export const SOUNDBITE_SECONDS = { least: 15, most: 120 } as const;
const MOST_SOUNDBITES = 20;
const MOST_LINKS = 20;

const WebAddress = z.string().max(2048).refine(isWebAddress, 'must be an http or https address');
const text = (most: number) =>
  z
    .string()
    .transform((given) => cleanText(given).replace(/\s+/g, ' ').trim())
    .refine((line) => line !== '', 'must not be empty')
    .refine((line) => [...line].length <= most, `must be at most ${most} characters`);

/** A part of the audio that is worth hearing by itself, in seconds of it. */
export const Soundbite = z.object({
  startSeconds: z.number().nonnegative(),
  durationSeconds: z.number().positive(),
  title: z.string().optional(),
});
export type Soundbite = z.infer<typeof Soundbite>;

/** An identifier of the namespace's list, or a name of one's own with the address of its text. */
const License = z.object({ id: text(128), url: WebAddress.optional() });
const ContentLink = z.object({ url: WebAddress, text: text(LINK_TEXT_MAX) });
/** Where people talk about the episode. `disabled`: nowhere, by the creator's wish. */
const SocialInteract = z.object({
  protocol: z.string().regex(/^[a-z0-9-]{1,32}$/, 'must be a protocol like activitypub, bluesky or disabled'),
  uri: WebAddress.optional(),
  accountId: text(256).optional(),
  accountUrl: WebAddress.optional(),
});

/** An audio by its render, whose clock something is on. */
const HeardAudio = z.object({ renderKey: Sha256, durationSeconds: z.number().positive() });
export type HeardAudio = z.infer<typeof HeardAudio>;

/** As they are stored with an episode. */
export const EpisodeDetails = z.object({
  /** The episode's own page. */
  link: z.string().optional(),
  seasonName: z.string().optional(),
  /** Shown in place of the episode's number, like `Ch. 3`. */
  episodeDisplay: z.string().optional(),
  aiContent: AiContent.optional(),
  license: License.optional(),
  contentLinks: z.array(ContentLink).optional(),
  socialInteract: z.array(SocialInteract).optional(),
  /** The creator's; absent: chosen by us from who talks when. */
  soundbites: z.array(Soundbite).optional(),
  /** On whose clock they are: the audio that the creator heard. Absent: the first there was. */
  soundbitesOf: HeardAudio.optional(),
  /** The same of `chapters`, where the creator set them. */
  chaptersHeardIn: HeardAudio.optional(),
  /** As they are in the public audio. */
  publishedSoundbites: z.array(Soundbite).optional(),
});
export type EpisodeDetails = z.infer<typeof EpisodeDetails>;

/** As a creator sends them; null takes one back. */
export const DetailsPatch = z.object({
  explicit: z.boolean().nullable().optional(),
  season: z.int().positive().nullable().optional(),
  seasonName: text(SEASON_NAME_MAX).nullable().optional(),
  episode: z.int().positive().nullable().optional(),
  episodeDisplay: text(EPISODE_DISPLAY_MAX).nullable().optional(),
  episodeType: z.enum(['full', 'trailer', 'bonus']).nullable().optional(),
  link: WebAddress.nullable().optional(),
  aiContent: AiContent.nullable().optional(),
  license: z.strictObject(License.shape).nullable().optional(),
  contentLinks: z.array(z.strictObject(ContentLink.shape)).max(MOST_LINKS).optional(),
  socialInteract: z
    .array(
      z.strictObject(SocialInteract.shape).refine(({ protocol, uri }) => protocol === 'disabled' || uri !== undefined, {
        path: ['uri'],
        message: 'is needed: where the talk is',
      }),
    )
    .max(MOST_LINKS)
    .optional(),
  soundbites: z
    .array(
      z.strictObject({
        startSeconds: z.number().nonnegative(),
        durationSeconds: z.number().min(SOUNDBITE_SECONDS.least).max(SOUNDBITE_SECONDS.most),
        title: text(SOUNDBITE_TITLE_MAX).optional(),
      }),
    )
    .max(MOST_SOUNDBITES)
    .nullable()
    .optional(),
});

export type DetailsPatch = z.infer<typeof DetailsPatch>;

/** The code of the warning that a creator's soundbite is not in the audio any more. */
export const SOUNDBITE_DROPPED = 'soundbite-dropped';

/** How far a soundbite may seem to end after the audio: players and editors round. */
const END_TOLERANCE_SECONDS = 0.1;

/** On whose clock a creator sets something now. */
export function heardAudio({ master }: Heard): HeardAudio | undefined {
  return master && { renderKey: master.renderKey, durationSeconds: master.durationSeconds };
}

interface Heard {
  readonly master?: { readonly renderKey: Sha256; readonly durationSeconds: number } | undefined;
  readonly audio?: { readonly durationSeconds: number } | undefined;
  readonly externalAudio?: { readonly durationSeconds?: number | undefined } | undefined;
}

/**
 * The fields of a manifest that a patch changes; undefined for those it takes back. Throws
 * PermanentFailure('bad-request') for a soundbite beyond the end of the audio, where its length is known.
 */
export function detailsOf(manifest: Heard, patch: DetailsPatch): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(patch)) if (value !== undefined) fields[name] = value ?? undefined;
  const { soundbites } = patch;
  if (!soundbites) return soundbites === null ? { ...fields, soundbitesOf: undefined } : fields;
  const { master, audio, externalAudio } = manifest;
  const endSeconds = (master ?? audio ?? externalAudio)?.durationSeconds ?? Number.POSITIVE_INFINITY;
  const beyond = soundbites.find((one) => one.startSeconds + one.durationSeconds > endSeconds + END_TOLERANCE_SECONDS);
  if (beyond) {
    const from = `The soundbite at ${beyond.startSeconds} s lasts ${beyond.durationSeconds} s`;
    throw new PermanentFailure('bad-request', `${from}, but the audio ends after ${endSeconds} s: end it earlier.`);
  }
  return {
    ...fields,
    soundbites: soundbites.toSorted((a, b) => a.startSeconds - b.startSeconds),
    soundbitesOf: heardAudio(manifest),
  };
}

const ALL = Object.keys(EpisodeDetails.shape);

/** Of an episode that is to say nothing any more. */
export function withoutDetails<T extends object>(manifest: T): T {
  return Object.fromEntries(Object.entries(manifest).filter(([name]) => !ALL.includes(name))) as T;
}
