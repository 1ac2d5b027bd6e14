/** Apple's list of podcast categories, which every directory shares. Names are compared exactly. */

/** Category to its subcategories, as of Apple's list of 2019, unchanged since. */
const APPLE_CATEGORIES: Readonly<Record<string, readonly string[]>> = {
  Arts: ['Books', 'Design', 'Fashion & Beauty', 'Food', 'Performing Arts', 'Visual Arts'],
  Business: ['Careers', 'Entrepreneurship', 'Investing', 'Management', 'Marketing', 'Non-Profit'],
  Comedy: ['Comedy Interviews', 'Improv', 'Stand-Up'],
  Education: ['Courses', 'How To', 'Language Learning', 'Self-Improvement'],
  Fiction: ['Comedy Fiction', 'Drama', 'Science Fiction'],
  Government: [],
  'Health & Fitness': ['Alternative Health', 'Fitness', 'Medicine', 'Mental Health', 'Nutrition', 'Sexuality'],
  History: [],
  'Kids & Family': ['Education for Kids', 'Parenting', 'Pets & Animals', 'Stories for Kids'],
  Leisure: [
    'Animation & Manga',
    'Automotive',
    'Aviation',
    'Crafts',
    'Games',
    'Hobbies',
    'Home & Garden',
    'Video Games',
  ],
  Music: ['Music Commentary', 'Music History', 'Music Interviews'],
  News: [
    'Business News',
    'Daily News',
    'Entertainment News',
    'News Commentary',
    'Politics',
    'Sports News',
    'Tech News',
  ],
  'Religion & Spirituality': ['Buddhism', 'Christianity', 'Hinduism', 'Islam', 'Judaism', 'Religion', 'Spirituality'],
  Science: [
    'Astronomy',
    'Chemistry',
    'Earth Sciences',
    'Life Sciences',
    'Mathematics',
    'Natural Sciences',
    'Nature',
    'Physics',
    'Social Sciences',
  ],
  'Society & Culture': ['Documentary', 'Personal Journals', 'Philosophy', 'Places & Travel', 'Relationships'],
  Sports: [
    'Baseball',
    'Basketball',
    'Cricket',
    'Fantasy Sports',
    'Football',
    'Golf',
    'Hockey',
    'Rugby',
    'Running',
    'Soccer',
    'Swimming',
    'Tennis',
    'Volleyball',
    'Wilderness',
    'Wrestling',
  ],
  Technology: [],
  'True Crime': [],
  'TV & Film': ['After Shows', 'Film History', 'Film Interviews', 'Film Reviews', 'TV Reviews'],
};

const SEPARATOR = ' > ';

/** Every name a show may use: `Music`, `Music > Music Interviews`. */
export const APPLE_CATEGORY_NAMES: readonly string[] = Object.entries(APPLE_CATEGORIES).flatMap(
  ([category, subcategories]) => [category, ...subcategories.map((name) => `${category}${SEPARATOR}${name}`)],
);

const known = new Set(APPLE_CATEGORY_NAMES);

export function isAppleCategory(name: string): boolean {
  return known.has(name);
}

export interface CategoryGroup {
  readonly category: string;
  readonly subcategories: readonly string[];
}

/** Subcategories under their category, in the order in which the show names them: the first is the main one. */
export function groupCategories(names: readonly string[]): CategoryGroup[] {
  const groups = new Map<string, string[]>();
  for (const name of names) {
    const [category = '', subcategory] = name.split(SEPARATOR);
    const subcategories = groups.get(category) ?? [];
    if (subcategory !== undefined && !subcategories.includes(subcategory)) subcategories.push(subcategory);
    groups.set(category, subcategories);
  }
  return [...groups].map(([category, subcategories]) => ({
    category,
    subcategories,
  }));
}
