/** What directories (Apple, Spotify, YouTube) would still refuse about a show, in a creator's words. */
import type { Notice } from '../domain/failure.ts';
import type { Show } from '../domain/show.ts';
import { isAppleCategory } from './apple-categories.ts';

/** Empty when the show can be submitted everywhere. A private show is for its listeners alone: nothing is missing. */
export function readiness(show: Show): Notice[] {
  if (show.private) return [];
  const missing: Notice[] = [];
  const want = (isThere: boolean, code: string, message: string) => {
    if (!isThere) missing.push({ code, message });
  };
  want(
    show.description.trim() !== '',
    'description-missing',
    'Write what the show is about: Apple Podcasts and Spotify refuse a show without a description.',
  );
  want(
    show.author.trim() !== '',
    'author-missing',
    'Say who makes the show: directories print the author beneath its title.',
  );
  want(
    show.ownerEmail !== '',
    'owner-email-missing',
    'Give an e-mail address for the owner: Spotify and YouTube send a code there to prove that the show is yours.',
  );
  want(
    show.cover !== undefined && !show.cover.generated,
    'artwork-missing',
    'Upload your own artwork (square, at least 1400 by 1400 pixels): the show has a generated cover for now.',
  );
  want(
    show.categories.length > 0,
    'category-missing',
    'Choose a category from Apple’s list: Apple Podcasts refuses a show without one.',
  );
  for (const name of show.categories.filter((name) => !isAppleCategory(name))) {
    want(false, 'category-unknown', `“${name}” is not in Apple’s list of categories: choose another.`);
  }
  want(
    isReachableFromOutside(show.publicUrl),
    'public-url-local',
    `The feed’s address begins with ${show.publicUrl}, which directories cannot reach: set a public https address.`,
  );
  return missing;
}

function isReachableFromOutside(publicUrl: string): boolean {
  if (!URL.canParse(publicUrl)) return false;
  const { hostname } = new URL(publicUrl);
  return !/^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\]|0\.0\.0\.0)$/.test(hostname);
}
