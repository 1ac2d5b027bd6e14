/** What somebody meant who wrote a name that a list does not have. */
import { closest, distance } from 'fastest-levenshtein';

const normal = (name: string) => name.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim();
const lastPart = (name: string) => name.slice(name.lastIndexOf('>') + 1).trim();

/** Up to this share of a name may be written otherwise. */
const LARGEST_DISTANCE_SHARE = 0.4;

/**
 * The name that differs least from `given`, capitals and the categories above a subcategory apart; undefined where
 * nothing is near.
 */
function closestName(given: string, names: readonly string[]): string | undefined {
  const wanted = normal(given);
  if (wanted === '' || names.length === 0) return undefined;
  const exact =
    names.find((name) => normal(name) === wanted) ?? names.find((name) => normal(lastPart(name)) === wanted);
  if (exact !== undefined) return exact;
  const spellings = new Map<string, string>();
  for (const name of names) {
    for (const spelling of [normal(name), normal(lastPart(name))]) {
      if (!spellings.has(spelling)) spellings.set(spelling, name);
    }
  }
  // `Podcasts > Music Interview` is nearest to the subcategory that it names.
  for (const text of new Set([wanted, lastPart(wanted)])) {
    const nearest = closest(text, [...spellings.keys()]);
    const allowed = Math.max(2, Math.floor(text.length * LARGEST_DISTANCE_SHARE));
    if (distance(text, nearest) <= allowed && distance(text, nearest) < text.length) return spellings.get(nearest);
  }
  return undefined;
}

/** ` Did you mean “Music”?`, or nothing. */
export function didYouMean(given: string, names: readonly string[]): string {
  const name = closestName(given, names);
  return name === undefined ? '' : ` Did you mean “${name}”?`;
}
