/** What a show's channel may say beyond Apple's own elements: the words of the Podcasting 2.0 namespace, as they are stored. */
import { z } from 'zod';
import { isWebAddress } from './room.ts';

const WebAddress = z.string().max(2048).refine(isWebAddress, 'must be an http or https address');

const CONTENT_MEDIUMS = ['podcast', 'music', 'video', 'film', 'audiobook', 'newsletter', 'blog', 'course'] as const;
const LIST_MEDIUMS = [
  'podcastL',
  'musicL',
  'videoL',
  'filmL',
  'audiobookL',
  'newsletterL',
  'blogL',
  'courseL',
] as const;
/** What the feed holds. Those with an `L` are for lists of other feeds' items. */
export const Medium = z.enum([...CONTENT_MEDIUMS, ...LIST_MEDIUMS]);
export type Medium = z.infer<typeof Medium>;

export function isListMedium(medium: Medium): boolean {
  return LIST_MEDIUMS.some((list) => list === medium);
}

/** Somebody who is regularly there. Role and group are words of the Podcast Taxonomy; the namespace takes `host` of `cast`. */
export const ShowPerson = z.object({
  name: z.string().min(1),
  role: z.string().optional(),
  group: z.string().optional(),
  url: WebAddress.optional(),
  imageUrl: WebAddress.optional(),
});
export type ShowPerson = z.infer<typeof ShowPerson>;

/** How often episodes come: in words, and as a rule of RFC 5545, 3.3.10, for programs. */
const UpdateFrequency = z.object({
  text: z.string().min(1),
  rrule: z.string().optional(),
  /** ISO 8601, a date or a date and time. */
  dtstart: z.string().optional(),
  /** No further episodes are meant to come. */
  complete: z.boolean().optional(),
});

/** What a directory asks the owner to put into the feed, to prove that it is theirs. */
const FeedText = z.object({ purpose: z.string().optional(), value: z.string().min(1) });

/** Whether content was made with artificial intelligence: only what the creator says; `unset` says nothing. */
export const AiContent = z.enum(['yes', 'no', 'unset']);
export type AiContent = z.infer<typeof AiContent>;

/** Those of what a creator may set. */
export const ChannelSettings = z.object({
  /** No further episodes will come: Apple asks for the feed no more. */
  complete: z.boolean().default(false),
  medium: Medium.default('podcast'),
  updateFrequency: UpdateFrequency.optional(),
  people: z.array(ShowPerson).default([]),
  txt: z.array(FeedText).default([]),
  aiContent: AiContent.default('unset'),
  /** The feed of who publishes this show among others. */
  publisher: z.object({ feedGuid: z.uuid(), feedUrl: WebAddress.optional() }).optional(),
  /** An identifier of the namespace's list, or a name of one's own with the address of its text. */
  license: z.object({ id: z.string().min(1), url: WebAddress.optional() }).optional(),
});
