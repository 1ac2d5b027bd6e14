/** What a creator may set of a show, checked as the directories check it: every problem at once, each with its place. */
import { z } from 'zod';
import { IN_PLAIN_WORDS } from '../domain/plain-words.ts';
import { Retention } from '../domain/retention.ts';
import { DESCRIPTION_MAX_BYTES, TITLE_MAX_BYTES } from '../domain/room.ts';
import { LoudnessTarget, type Show, ShowSettings, SoundSettings } from '../domain/show.ts';
import { Medium } from '../domain/show-channel.ts';
import { feedUrl } from '../storage/object-keys.ts';
import { APPLE_CATEGORY_NAMES, isAppleCategory } from './apple-categories.ts';
import { AI_CONTENT_PURPOSE } from './channel-extras.ts';
import { didYouMean } from './closest-name.ts';
import { PublicAddress, repeated, text } from './field-rules.ts';
import { checkLanguage } from './language-tag.ts';
import { TAXONOMY_GROUPS, TAXONOMY_ROLES } from './podcast-taxonomy.ts';
import { isIsoDate, recurrenceProblem } from './recurrence-rule.ts';
import { eachUnknownField } from './unknown-fields.ts';

/** Apple Podcasts and Spotify show three. */
const MAX_CATEGORIES = 3;
const TITLE_MAX_CHARACTERS = 255;
const LINE_MAX_BYTES = 256;
const COPYRIGHT_MAX_BYTES = 512;
/** The namespace's bounds. */
const NAME_MAX_CHARACTERS = 128;
const TXT_MAX_CHARACTERS = 4000;
const MAX_ENTRIES = 20;

const line = (maxBytes: number) => text({ maxBytes });
const shortLine = text({ maxCharacters: NAME_MAX_CHARACTERS, isRequired: true });
const entries = <T extends z.ZodType>(entry: T, most = MAX_ENTRIES) =>
  z.array(entry, 'must be a list').max(most, `has too many entries: at most ${most} are read`);

const Language = z.string('must be a text').transform((given, context) => {
  const checked = checkLanguage(given.trim());
  if ('tag' in checked) return checked.tag;
  context.addIssue({ code: 'custom', message: checked.problem });
  return z.NEVER;
});

const Categories = z.array(z.string('must be a text'), 'must be a list').superRefine((names, context) => {
  for (const [index, name] of names.entries()) {
    if (isAppleCategory(name)) continue;
    const hint = didYouMean(name, APPLE_CATEGORY_NAMES) || ' Use one like “Music” or “Music > Music Interviews”.';
    context.addIssue({
      code: 'custom',
      path: [index],
      message: `“${name}” is not in Apple’s list of categories.${hint}`,
    });
  }
  for (const { index, item } of repeated(names, (name) => name)) {
    context.addIssue({ code: 'custom', path: [index], message: `“${item}” is named twice` });
  }
  if (names.length > MAX_CATEGORIES) {
    context.addIssue({
      code: 'custom',
      message: `names ${names.length} categories: directories read ${MAX_CATEGORIES} at most, the first as the main one`,
    });
  }
});

/** A word of a list, in any case. */
const wordOf = (words: readonly string[], listName: string) =>
  z.string('must be a text').transform((given, context) => {
    const word = given.trim().toLowerCase();
    if (words.includes(word)) return word;
    const hint = didYouMean(given, words) || ` It has ${words.slice(0, 4).join(', ')} and others.`;
    context.addIssue({ code: 'custom', message: `“${given}” is not in the Podcast Taxonomy’s ${listName}.${hint}` });
    return z.NEVER;
  });

const Person = z.strictObject({
  name: shortLine,
  role: wordOf(TAXONOMY_ROLES, 'roles').optional(),
  group: wordOf(TAXONOMY_GROUPS, 'groups').optional(),
  url: PublicAddress.optional(),
  imageUrl: PublicAddress.optional(),
});

const Frequency = z
  .strictObject({
    text: shortLine,
    rrule: z.string('must be a text').optional(),
    dtstart: z
      .string('must be a text')
      .refine(isIsoDate, 'must be a date like 2026-11-22 or 2026-11-22T19:30:00Z')
      .optional(),
    complete: z.boolean('must be true or false').optional(),
  })
  .superRefine(({ rrule, dtstart }, context) => {
    const message = rrule === undefined ? undefined : recurrenceProblem(rrule, dtstart);
    if (message !== undefined) context.addIssue({ code: 'custom', path: ['rrule'], message });
  });

const FeedText = z.strictObject({
  purpose: shortLine
    .refine(
      (purpose) => purpose.toLowerCase() !== AI_CONTENT_PURPOSE,
      `is said with aiContent: “yes”, “no” or “unset”, not with a txt`,
    )
    .optional(),
  value: text({ maxCharacters: TXT_MAX_CHARACTERS, isRequired: true, hasLines: true }),
});

/** Licences that the namespace knows by name; any other needs the address of its text. */
const KNOWN_LICENSES = ['cc0-1.0', 'arr', 'pod-v4v-1.0'].concat(
  ['by', 'by-sa', 'by-nd', 'by-nc', 'by-nc-sa', 'by-nc-nd'].map((terms) => `cc-${terms}-4.0`),
);
const License = z.strictObject({ id: shortLine, url: PublicAddress.optional() }).superRefine(({ id, url }, context) => {
  if (url !== undefined || KNOWN_LICENSES.includes(id.toLowerCase())) return;
  context.addIssue({
    code: 'custom',
    path: ['url'],
    message: `must say where the text of “${id}” is: only well-known licences go without.${didYouMean(id, KNOWN_LICENSES)}`,
  });
});

const NO_E_MAIL = 'must be an e-mail address, like ana@example.org';

const ShowBody = z.strictObject({
  ...ShowSettings.shape,
  title: text({ maxBytes: TITLE_MAX_BYTES, maxCharacters: TITLE_MAX_CHARACTERS, isRequired: true }),
  description: text({ maxBytes: DESCRIPTION_MAX_BYTES, hasLines: true }).default(''),
  author: line(LINE_MAX_BYTES).default(''),
  ownerName: line(LINE_MAX_BYTES).optional(),
  ownerEmail: z
    .string('must be a text')
    .transform((given) => given.trim())
    .pipe(z.union([z.literal(''), z.email(NO_E_MAIL).max(254)], NO_E_MAIL))
    .default(''),
  link: PublicAddress.optional(),
  newFeedUrl: PublicAddress.optional(),
  language: Language.default('en'),
  categories: Categories.default([]),
  copyright: line(COPYRIGHT_MAX_BYTES).optional(),
  funding: entries(z.strictObject({ url: PublicAddress, text: shortLine }), 10).default([]),
  private: z.boolean('must be true or false').default(false),
  retention: z.strictObject(Retention.shape).prefault({}),
  loudness: z.strictObject(LoudnessTarget.shape).prefault({}),
  sound: z.strictObject(SoundSettings.shape).prefault({}),
  medium: z.enum(Medium.options, `must be one of ${Medium.options.join(', ')}`).default('podcast'),
  updateFrequency: Frequency.optional(),
  people: entries(Person, 50).default([]),
  txt: entries(FeedText).default([]),
  aiContent: z.enum(['yes', 'no', 'unset'], 'must be yes, no or unset').default('unset'),
  publisher: z
    .strictObject({
      feedGuid: z.uuid('must be the podcast:guid of the publisher’s feed'),
      feedUrl: PublicAddress.optional(),
    })
    .optional(),
  license: License.optional(),
});

/** What an answer tells beside the settings: it may come back unchanged, so that a show can be read, edited and put. */
const TOLD = ['createdAt', 'updatedAt', 'feedUrl', 'coverUrl', 'readiness', 'warnings', 'moving'];
const FIXED = ['id', 'podcastGuid', 'publicUrl'] as const;

type Issue = z.core.$ZodIssue;
const issue = (path: PropertyKey[], message: string, input: unknown): Issue => ({
  code: 'custom',
  path,
  message,
  input,
});

export type CheckedShow =
  | { readonly ok: true; readonly settings: ShowSettings }
  | { readonly ok: false; readonly error: z.ZodError };

/** `identity`: what the show has and keeps; a body that says otherwise is refused rather than half obeyed. */
export function checkShow(body: unknown, identity: Partial<Pick<Show, (typeof FIXED)[number]>>): CheckedShow {
  const isRecord = typeof body === 'object' && body !== null && !Array.isArray(body);
  const given: Record<string, unknown> = isRecord ? { ...body } : {};
  const issues: Issue[] = [];
  for (const name of FIXED) {
    const kept = identity[name];
    if (given[name] !== undefined && kept !== undefined && given[name] !== kept) {
      issues.push(issue([name], `cannot be changed: this show has “${kept}”`, given[name]));
    }
    delete given[name];
  }
  for (const name of TOLD) delete given[name];
  const { id, publicUrl } = identity;
  const own = id !== undefined && publicUrl !== undefined ? feedUrl(publicUrl, id) : undefined;
  if (own !== undefined && given['newFeedUrl'] === own) {
    issues.push(issue(['newFeedUrl'], 'is where the feed is: give its address at the new host', own));
  }
  const checked = ShowBody.safeParse(isRecord ? given : body, IN_PLAIN_WORDS);
  if (checked.success && issues.length === 0) return { ok: true, settings: checked.data };
  return {
    ok: false,
    error: new z.ZodError([
      ...issues,
      ...eachUnknownField(checked.error?.issues ?? [], ShowBody, 'is no setting of a show.'),
    ]),
  };
}
