/** What another host's feed says of one episode. */
import type { Chapter } from '../../domain/episode.ts';
import { type Participant, PublicLink } from '../../domain/room.ts';
import { readExplicit } from './channel.ts';
import { simpleChapters } from './chapters.ts';
import { type ImportedAudio, readAudio } from './enclosure.ts';
import { childOf, childrenOf, textOf, type XmlNode } from './lenient-xml.ts';
import { Oddities, type Oddity, quoted } from './oddity.ts';
import { readDate } from './read-date.ts';
import { resolvedAddress } from './relative-address.ts';
import { type ReadingContext, readLine, readNotes, readTitle } from './show-notes.ts';

export interface ReadItem {
  /** For people: `item 3 “Title”`. */
  readonly where: string;
  /** As the feed has it, but for blanks around it. */
  readonly guid?: string;
  readonly title: string;
  readonly description: string;
  readonly html?: string;
  readonly publishedAt?: string;
  /** Undefined where nothing can be heard: no episode. */
  readonly audio?: ImportedAudio;
  readonly link?: string;
  readonly imageUrl?: string;
  readonly explicit?: boolean;
  readonly season?: number;
  readonly episode?: number;
  readonly episodeType?: 'full' | 'trailer' | 'bonus';
  readonly people: readonly Omit<Participant, 'id'>[];
  readonly chapters?: readonly Chapter[];
  /** JSON Chapters, where there are none within the feed. */
  readonly chaptersUrl?: string;
  readonly oddities: readonly Oddity[];
}

const NAME_MAX_BYTES = 128;
const GUID_MAX_CHARACTERS = 4096;

function titleOf(item: XmlNode, publishedAt: string | undefined, context: ReadingContext, odd: Oddities): string {
  const written = textOf(item, 'title') ?? textOf(item, 'itunes:title');
  const title = written === undefined ? '' : readTitle(written, context, odd);
  if (title !== '') return title;
  const made = publishedAt === undefined ? 'Untitled episode' : `Episode of ${publishedAt.slice(0, 10)}`;
  odd.changed('title-missing', `The episode has no title: it is called ${quoted(made)} here`);
  return made;
}

/** The longest of what a feed may say of an episode; `content:encoded` where it is there. */
function notesOf(item: XmlNode, context: ReadingContext, odd: Oddities) {
  const content = textOf(item, 'content:encoded');
  const description = textOf(item, 'description') ?? textOf(item, 'itunes:summary') ?? textOf(item, 'itunes:subtitle');
  if (content === undefined) {
    return description === undefined ? { plain: '' } : readNotes(description, 'description', context, odd);
  }
  const { plain, html } = readNotes(content, 'content', context, odd);
  if (description === undefined) return { plain, ...(html === undefined ? {} : { html }) };
  return { plain: readNotes(description, 'description', context, odd).plain, ...(html === undefined ? {} : { html }) };
}

/** The first that says it; RSS's own where there is one. */
function dateOf(item: XmlNode, odd: Oddities): string | undefined {
  const written = textOf(item, 'pubDate');
  const read = written === undefined ? undefined : readDate(written);
  if (written !== undefined && read) {
    if (read.oddity !== undefined) {
      odd.changed('date-form', `The date is written ${quoted(written)} (${read.oddity}): read as ${read.instant}`);
    }
    return read.instant;
  }
  const why =
    written === undefined ? 'The episode has no date' : `The date ${quoted(written)} cannot be read for certain`;
  for (const name of ['dc:date', 'atom:published', 'atom:updated', 'published']) {
    const other = readDate(textOf(item, name) ?? '');
    if (!other) continue;
    odd.changed('date-elsewhere', `${why}: ${name} says ${other.instant}`);
    return other.instant;
  }
  odd.changed(written === undefined ? 'date-missing' : 'date-unreadable', why);
  return undefined;
}

/** Whole numbers from 1: apps read 0 as none. */
function numberOf(item: XmlNode, name: 'season' | 'episode', odd: Oddities): number | undefined {
  const written = textOf(item, `itunes:${name}`) ?? textOf(item, `podcast:${name}`);
  if (written === undefined) return undefined;
  if (/^0*[1-9]\d{0,8}$/.test(written)) return Number(written);
  odd.lost('number-unfit', `The ${name} number ${quoted(written)} is no whole number from 1: left out`);
  return undefined;
}

function typeOf(item: XmlNode, odd: Oddities): ReadItem['episodeType'] {
  const written = textOf(item, 'itunes:episodeType');
  const word = written?.toLowerCase();
  if (word === undefined || word === 'full' || word === 'trailer' || word === 'bonus') return word;
  odd.lost(
    'episode-type-unfit',
    `The episode’s type ${quoted(written ?? '')} is none of full, trailer, bonus: left out`,
  );
  return undefined;
}

/** The namespace's roles of people who are heard; `host` where none is said. */
const ROLES: Readonly<Record<string, Participant['role']>> = {
  ...{ '': 'host', host: 'host', 'co-host': 'host', cohost: 'host', 'guest host': 'host' },
  ...{ guest: 'guest', 'voice actor': 'speaker', narrator: 'speaker', announcer: 'speaker', reporter: 'speaker' },
};

function peopleOf(item: XmlNode, odd: Oddities): ReadItem['people'] {
  return childrenOf(item, 'podcast:person').flatMap(({ text, attributes }) => {
    const name = readLine(text, NAME_MAX_BYTES);
    const written = (attributes['role'] ?? '').toLowerCase().trim();
    const role = ROLES[written];
    if (name === '') return [];
    if (role === undefined) {
      odd.lost('person-not-heard', `${quoted(name)} is ${quoted(written)}, not one of those who are heard: left out`);
      return [];
    }
    const known = role === 'speaker' ? 'guest' : role;
    if (known !== (written || 'host'))
      odd.changed('person-role', `${quoted(name)} is ${quoted(written)}: named as ${known} here`);
    const [url, imageUrl] = [PublicLink.parse(attributes['href']), PublicLink.parse(attributes['img'])];
    return [{ name, role, consent: true, ...(url ? { url } : {}), ...(imageUrl ? { imageUrl } : {}) }];
  });
}

/** Everything the item says that nothing above asks for. */
const READ: ReadonlySet<string> = new Set([
  ...['title', 'guid', 'pubDate', 'link', 'description', 'enclosure', 'content:encoded', 'published'],
  ...['dc:date', 'atom:published', 'atom:updated', 'atom:link', 'media:content', 'media:group'],
  ...['title', 'summary', 'subtitle', 'image', 'duration', 'explicit', 'season', 'episode', 'episodeType', 'block'].map(
    (name) => `itunes:${name}`,
  ),
  ...['season', 'episode', 'person', 'chapters', 'image', 'images'].map((name) => `podcast:${name}`),
  ...['psc:chapters', 'googleplay:explicit'],
]);

export function unreadElements({ children }: XmlNode): string[] {
  return Object.keys(children).filter((name) => !READ.has(name));
}

/** `position`: counted from 1 over all pages of the feed. */
export function readItem(item: XmlNode, position: number, context: ReadingContext): ReadItem {
  const rough = readLine(textOf(item, 'title') ?? textOf(item, 'guid') ?? '', NAME_MAX_BYTES);
  const where = `item ${position}${rough === '' ? '' : ` ${quoted(rough)}`}`;
  const odd = new Oddities(where);
  const address = (text: string | undefined, what: string) => resolvedAddress(text, context.base, what, odd);
  const guid = textOf(item, 'guid')?.slice(0, GUID_MAX_CHARACTERS);
  const { plain, html } = notesOf(item, context, odd);
  if (textOf(item, 'itunes:block')?.toLowerCase() === 'yes') {
    odd.lost('blocked', 'The item asks directories not to show it (itunes:block): here it is shown');
  }
  const audio = readAudio(item, context.base, odd);
  const chapters = simpleChapters(item, odd);
  const publishedAt = dateOf(item, odd);
  const optional = {
    guid,
    html,
    publishedAt,
    audio,
    link: address(textOf(item, 'link'), 'its page'),
    imageUrl: address(childOf(item, 'itunes:image')?.attributes['href'], 'its picture'),
    explicit: readExplicit(item, odd),
    season: numberOf(item, 'season', odd),
    episode: numberOf(item, 'episode', odd),
    episodeType: typeOf(item, odd),
    chapters,
    chaptersUrl: chapters ? undefined : address(childOf(item, 'podcast:chapters')?.attributes['url'], 'its chapters'),
  };
  return {
    where,
    title: titleOf(item, publishedAt, context, odd),
    description: plain,
    people: peopleOf(item, odd),
    ...present(optional),
    oddities: odd.found,
  };
}

/** Leaves out what is undefined, as exact optional properties want it. */
type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };
function present<T extends object>(fields: T): Partial<Defined<T>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<Defined<T>>;
}
