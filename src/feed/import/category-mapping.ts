/** Categories of other feeds in the words of Apple's list: other spellings, and the names it had before 2019. */
import { APPLE_CATEGORY_NAMES } from '../apple-categories.ts';
import { type Oddities, quoted } from './oddity.ts';

/** Apple's list until 2019 to today's; names in the normal form below. */
const RENAMED: Readonly<Record<string, string>> = {
  'arts > fashion and beauty': 'Arts > Fashion & Beauty',
  'arts > literature': 'Arts > Books',
  'business > business news': 'News > Business News',
  'business > management and marketing': 'Business > Management',
  'business > shopping': 'Business',
  'education > educational technology': 'Education',
  'education > higher education': 'Education',
  'education > k-12': 'Education',
  'education > language courses': 'Education > Language Learning',
  'education > training': 'Education > Courses',
  'games and hobbies': 'Leisure',
  'games and hobbies > automotive': 'Leisure > Automotive',
  'games and hobbies > aviation': 'Leisure > Aviation',
  'games and hobbies > hobbies': 'Leisure > Hobbies',
  'games and hobbies > other games': 'Leisure > Games',
  'games and hobbies > video games': 'Leisure > Video Games',
  'government and organizations': 'Government',
  'government and organizations > local': 'Government',
  'government and organizations > national': 'Government',
  'government and organizations > non-profit': 'Business > Non-Profit',
  'government and organizations > regional': 'Government',
  health: 'Health & Fitness',
  'health > alternative health': 'Health & Fitness > Alternative Health',
  'health > fitness and nutrition': 'Health & Fitness > Fitness',
  'health > self-help': 'Education > Self-Improvement',
  'health > sexuality': 'Health & Fitness > Sexuality',
  'kids and family > kids': 'Kids & Family',
  'news and politics': 'News > Politics',
  'religion and spirituality > other': 'Religion & Spirituality',
  'science and medicine': 'Science',
  'science and medicine > medicine': 'Health & Fitness > Medicine',
  'science and medicine > natural sciences': 'Science > Natural Sciences',
  'science and medicine > social sciences': 'Science > Social Sciences',
  'society and culture > history': 'History',
  'sports and recreation': 'Sports',
  'sports and recreation > amateur': 'Sports',
  'sports and recreation > college and high school': 'Sports',
  'sports and recreation > outdoor': 'Sports > Wilderness',
  'sports and recreation > professional': 'Sports',
  'technology > gadgets': 'Technology',
  'technology > podcasting': 'Technology',
  'technology > software how-to': 'Technology',
  'technology > tech news': 'News > Tech News',
};

const SEPARATOR = ' > ';

function normal(name: string): string {
  return name
    .toLowerCase()
    .replace(/&amp;/g, '&')
    .replace(/\s*&\s*/g, ' and ')
    .replace(/\s*>\s*/g, SEPARATOR)
    .replace(/\s+/g, ' ')
    .trim();
}

const KNOWN = new Map(APPLE_CATEGORY_NAMES.map((name) => [normal(name), name]));

/** Subcategories that have one parent alone are known without it. */
const BY_SUBCATEGORY = new Map(
  APPLE_CATEGORY_NAMES.filter((name) => name.includes(SEPARATOR)).map((name) => [
    normal(name.slice(name.indexOf(SEPARATOR) + SEPARATOR.length)),
    name,
  ]),
);

function mapped(name: string): string | undefined {
  const words = normal(name);
  return KNOWN.get(words) ?? RENAMED[words] ?? BY_SUBCATEGORY.get(words);
}

/** `names` as the feed has them, `Parent > Child`. In their order, each once; those of no list are named as unknown. */
export function mapCategories(names: readonly string[], odd: Oddities): string[] {
  const found = new Set<string>();
  for (const name of names) {
    const exact = mapped(name);
    const parent = mapped(name.split('>')[0] ?? '');
    if (exact === name) found.add(exact);
    else if (exact !== undefined) {
      odd.changed('category-mapped', `The category ${quoted(name)} is ${quoted(exact)} in Apple’s list`);
      found.add(exact);
    } else if (parent !== undefined) {
      odd.changed('category-unknown', `Apple’s list has no ${quoted(name)}: ${quoted(parent)} was taken`);
      found.add(parent);
    } else if (name.trim() !== '') {
      odd.lost('category-unknown', `The category ${quoted(name)} is not in Apple’s list, nor was it: left out`);
    }
  }
  return [...found];
}
