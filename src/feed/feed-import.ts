/** From the pages of another host's feed to what to make of them here: a show, and episodes each with a GUID of its own. */
import type { Chapter } from '../domain/episode.ts';
import { sha256 } from '../domain/ids.ts';
import type { ImportedChannel } from './import/channel.ts';
import type { ImportedAudio } from './import/enclosure.ts';
import type { ReadItem } from './import/item.ts';
import { Oddities, type Oddity, quoted } from './import/oddity.ts';
import type { ImportPage } from './import/page.ts';

/** An item that becomes an episode. */
export interface ImportedItem extends Omit<ReadItem, 'guid' | 'audio' | 'publishedAt' | 'chapters'> {
  /** Unique within the feed. */
  readonly guid: string;
  readonly audio: ImportedAudio;
  /** ISO 8601. */
  readonly publishedAt: string;
  readonly chapters?: readonly Chapter[];
}

export interface ImportedFeed {
  readonly channel: ImportedChannel;
  /** The address that the feed gives itself. */
  readonly selfUrl?: string;
  /** In the order of the feed. */
  readonly items: readonly ImportedItem[];
  /** Items that are no episodes, with the reason among the oddities. */
  readonly skipped: number;
  readonly oddities: readonly Oddity[];
}

const SECOND_MS = 1000;

/** `pages`: the feed itself first, then older ones. `undatedAt`: what an item gets where nothing at all is dated. */
export function planImport(pages: readonly [ImportPage, ...ImportPage[]], undatedAt: Date): ImportedFeed {
  const odd = new Oddities();
  const [first] = pages;
  const all = pages.flatMap(({ items }) => items);
  const identified = withGuids(all);
  const items = withDates(identified.items, undatedAt);
  tellUnread(pages, odd);
  return {
    channel: first.channel,
    ...(first.selfUrl === undefined ? {} : { selfUrl: first.selfUrl }),
    items,
    skipped: all.length - items.length,
    oddities: [
      ...first.oddities,
      ...pages.slice(1).flatMap((page) => page.oddities.filter(({ code }) => !CHANNEL_CODES.test(code))),
      ...odd.found,
      ...identified.oddities,
      ...items.flatMap(({ oddities }) => oddities),
    ],
  };
}

/** What was said of the channel on the first page is not said again of the same channel on each older one. */
const CHANNEL_CODES =
  /^(category|categories|field|explicit|artwork|owner|title|description|blocked|address|namespace|html-entities)/;

function tellUnread(pages: readonly ImportPage[], odd: Oddities): void {
  const counts = new Map<string, number>();
  for (const { unread } of pages) {
    for (const [name, count] of unread) counts.set(name, (counts.get(name) ?? 0) + count);
  }
  for (const [name, count] of counts) {
    const places = count === 1 ? 'in one place' : `in ${count} places`;
    odd.lost('element-not-taken', `<${name}> (${places}) is not taken over`);
  }
}

type IdentifiedItem = Omit<ImportedItem, 'publishedAt'> & Pick<ReadItem, 'publishedAt'>;

/** The GUID that apps take where a feed gives none: the enclosure's address. */
function derivedGuid(
  { audio, title, publishedAt }: ReadItem & { readonly audio: ImportedAudio },
  isTaken: (guid: string) => boolean,
) {
  if (!isTaken(audio.url)) return audio.url;
  return `${audio.url}#${sha256(`${title}\n${publishedAt ?? ''}`).slice(0, 12)}`;
}

/**
 * The first item with a GUID keeps it: feeds are newest first, and that is the one apps show. The same episode once more
 * (same GUID, same enclosure) is said to be so; another episode under the same GUID gets one of its own.
 */
function withGuids(items: readonly ReadItem[]): { items: IdentifiedItem[]; oddities: Oddity[] } {
  const identified: IdentifiedItem[] = [];
  const oddities: Oddity[] = [];
  const urlOf = new Map<string, string>();
  // Every GUID that some item has: a derived one must not take the place of one that comes later.
  const given = new Set(items.map(({ guid }) => guid ?? ''));
  const isTaken = (guid: string) => urlOf.has(guid) || given.has(guid);
  for (const item of items) {
    const odd = new Oddities(item.where);
    const { audio, guid: own } = item;
    if (!audio) {
      oddities.push(...item.oddities);
      continue;
    }
    if (own !== undefined && urlOf.get(own) === audio.url) {
      odd.changed('item-repeated', 'The same episode is in the feed more than once: taken once');
      oddities.push(...odd.found);
      continue;
    }
    let guid = own;
    if (own === undefined || urlOf.has(own)) {
      guid = derivedGuid({ ...item, audio }, isTaken);
      if (urlOf.has(guid)) {
        odd.changed('item-repeated', 'The same episode is in the feed more than once: taken once');
        oddities.push(...odd.found);
        continue;
      }
      if (own === undefined) {
        odd.changed(
          'guid-missing',
          `The episode has no guid: it gets that of its enclosure’s address, ${quoted(guid)}`,
        );
      } else {
        odd.changed('guid-repeated', `Another episode has the guid ${quoted(own)}: this one gets ${quoted(guid)}`);
      }
    }
    if (guid === undefined) continue;
    urlOf.set(guid, audio.url);
    identified.push({ ...item, guid, audio, oddities: [...item.oddities, ...odd.found] });
  }
  return { items: identified, oddities };
}

/** An undated item is put a second after the older one beside it, so that the order stays. */
function withDates(items: readonly IdentifiedItem[], undatedAt: Date): ImportedItem[] {
  const newerOf = newerDates(items);
  let older: number | undefined;
  const dated = items.toReversed().map((item): ImportedItem => {
    const newer = newerOf.get(item);
    const told = item.publishedAt;
    const timeMs =
      told !== undefined
        ? Date.parse(told)
        : older !== undefined
          ? older + SECOND_MS
          : (newer ?? undatedAt.getTime() + SECOND_MS) - SECOND_MS;
    const by = older === undefined && newer === undefined ? 'no item has one, so now' : 'by the items beside it';
    older = timeMs;
    const publishedAt = new Date(timeMs).toISOString();
    if (told !== undefined) return { ...item, publishedAt };
    const odd = new Oddities(item.where);
    odd.changed('date-guessed', `Its date was taken to be ${publishedAt}: ${by}`);
    return { ...item, publishedAt, oddities: [...item.oddities, ...odd.found] };
  });
  return dated.reverse();
}

/** Of the nearest item before it in the feed that has a date. */
function newerDates(items: readonly IdentifiedItem[]): ReadonlyMap<IdentifiedItem, number> {
  const dates = new Map<IdentifiedItem, number>();
  let newer: number | undefined;
  for (const item of items) {
    if (newer !== undefined) dates.set(item, newer);
    if (item.publishedAt !== undefined) newer = Date.parse(item.publishedAt);
  }
  return dates;
}
