/** What directories would still refuse about a show, in a creator's words, and which of them. */
import type { Notice } from '../domain/failure.ts';
import type { Show } from '../domain/show.ts';
import { isListMedium } from '../domain/show-channel.ts';
import { APPLE_CATEGORY_NAMES, isAppleCategory } from './apple-categories.ts';
import { didYouMean } from './closest-name.ts';
import { isReachableFromOutside } from './reachable-host.ts';

type Directory = 'apple' | 'spotify' | 'youtube';
const ALL: readonly Directory[] = ['apple', 'spotify', 'youtube'];

export interface Lack extends Notice {
  /** Which of them minds. */
  readonly directories: readonly Directory[];
}

/** What is known of the show beside its record. */
export interface ShowFacts {
  readonly hasPublishedEpisode: boolean;
}

const lack = (code: string, message: string, directories: readonly Directory[] = ALL): Lack => ({
  code,
  message,
  directories,
});

function* textLacks(show: Show): Generator<Lack> {
  if (show.description.trim() === '') {
    yield lack('description-missing', 'Write what the show is about: directories refuse a show without a description.');
  }
  if (show.author.trim() === '') {
    yield lack('author-missing', 'Say who makes the show: directories print the author beneath its title.');
  }
  if (show.ownerEmail === '') {
    yield lack(
      'owner-email-missing',
      'Give an e-mail address for the owner: Spotify and YouTube send a code there to prove that the show is yours.',
      ['spotify', 'youtube'],
    );
  }
  if (isListMedium(show.medium)) {
    yield lack(
      'medium-is-list',
      `The medium “${show.medium}” is for lists of other shows’ episodes: for a show with episodes of its own use “${show.medium.slice(0, -1)}”.`,
    );
  }
}

/** Apple asks for the first category; the others file a show by it. */
function* categoryLacks({ categories }: Show): Generator<Lack> {
  if (categories.length === 0) {
    const message = 'Choose a category from Apple’s list: Apple Podcasts refuses a show without one.';
    yield lack('category-missing', message, ['apple']);
  }
  for (const name of categories.filter((name) => !isAppleCategory(name))) {
    const hint = didYouMean(name, APPLE_CATEGORY_NAMES) || ' Choose another.';
    yield lack('category-unknown', `“${name}” is not in Apple’s list of categories.${hint}`, ['apple']);
  }
}

/** Apple's artwork requirements refuse placeholders and blurred pictures. */
const ARTWORK_CODES: Readonly<Record<string, readonly Directory[]>> = {
  'artwork-small': ['apple'],
  'artwork-unusable': ['apple'],
};

function* artworkLacks({ artworkKey, cover }: Show): Generator<Lack> {
  const told = (cover?.warnings ?? []).filter(({ code }) => Object.hasOwn(ARTWORK_CODES, code));
  for (const { code, message } of told) yield lack(code, message, ARTWORK_CODES[code]);
  if (artworkKey !== undefined && cover?.artworkKey !== artworkKey) {
    const message = `There is no picture under “${artworkKey}” yet: it is looked for again whenever the feed changes.`;
    yield lack('artwork-not-found', message, ['apple']);
  } else if ((cover === undefined || cover.generated) && told.length === 0) {
    yield lack(
      'artwork-missing',
      'Upload your own artwork (square, at least 1400 by 1400 pixels): the show has a generated cover for now, and Apple Podcasts refuses placeholders.',
      ['apple'],
    );
  }
}

function* addressLacks({ publicUrl }: Show): Generator<Lack> {
  if (!isReachableFromOutside(publicUrl)) {
    yield lack(
      'public-url-local',
      `The feed’s address begins with ${publicUrl}, which directories cannot reach: set a public https address.`,
    );
  } else if (!publicUrl.startsWith('https:')) {
    yield lack(
      'public-url-insecure',
      `The feed’s address begins with ${publicUrl}: apps on phones play nothing from http, so directories want https.`,
    );
  }
}

/** Empty when the show can be submitted everywhere. A private show is for its listeners alone: nothing is missing. */
export function readiness(show: Show, facts: ShowFacts): Lack[] {
  if (show.private) return [];
  const lacks = [...textLacks(show), ...artworkLacks(show), ...categoryLacks(show), ...addressLacks(show)];
  if (!facts.hasPublishedEpisode) {
    lacks.push(lack('episode-missing', 'Publish an episode: directories take no show without one.'));
  }
  return lacks;
}

const CDATA_OR_ITEM = /<!\[CDATA\[[\s\S]*?\]\]>|<item[\s>]/g;

/** Whether a feed, of which the beginning is enough, names an episode. */
export function namesEpisode(feedStart: string): boolean {
  for (const [token] of feedStart.matchAll(CDATA_OR_ITEM)) if (token.startsWith('<item')) return true;
  return false;
}
