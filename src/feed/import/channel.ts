/** What another host's feed says of the show, as the settings of a show here. */
import { checkShow } from '../show-rules.ts';
import { mapCategories } from './category-mapping.ts';
import { childOf, childrenOf, textOf, type XmlNode } from './lenient-xml.ts';
import { type Oddities, quoted } from './oddity.ts';
import { resolvedAddress } from './relative-address.ts';
import { type ReadingContext, readLine, readNotes, readTitle } from './show-notes.ts';

export interface ImportedChannel {
  /** A body as PUT /api/shows/:showId takes it, of what the feed says and what is right in it. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** As the feed says it; undefined where it says none. */
  readonly podcastGuid?: string;
  readonly imageUrl?: string;
  /** `owner`: the address that the lock names. */
  readonly lock?: { readonly isLocked: boolean; readonly owner?: string };
  /** Where the feed says it moved to. */
  readonly newFeedUrl?: string;
}

const MAX_CATEGORIES = 3;
const NAME_MAX_BYTES = 128;

function description(channel: XmlNode, context: ReadingContext, odd: Oddities): string | undefined {
  const written =
    textOf(channel, 'description') ?? textOf(channel, 'itunes:summary') ?? textOf(channel, 'itunes:subtitle');
  return written === undefined ? undefined : readNotes(written, 'description', context, odd).plain;
}

/** `true`, `yes`, `explicit` and their opposites; also from googleplay:explicit. */
export function readExplicit(node: XmlNode, odd: Oddities): boolean | undefined {
  const written = textOf(node, 'itunes:explicit') ?? textOf(node, 'googleplay:explicit');
  if (written === undefined) return undefined;
  const word = written.toLowerCase();
  const isExplicit = ['true', 'yes', 'explicit', '1'].includes(word);
  if (!isExplicit && !['false', 'no', 'clean', '0'].includes(word)) {
    odd.lost('explicit-unreadable', `itunes:explicit is ${quoted(written)}: neither true nor false, left out`);
    return undefined;
  }
  if (word !== 'true' && word !== 'false')
    odd.changed('explicit-form', `itunes:explicit is ${quoted(written)}: read as ${isExplicit}`);
  return isExplicit;
}

function categoryNames(channel: XmlNode): string[] {
  return childrenOf(channel, 'itunes:category').flatMap((category) => {
    const name = category.attributes['text'] ?? category.text.trim();
    const nested = childrenOf(category, 'itunes:category').map(
      (sub) => `${name} > ${sub.attributes['text'] ?? sub.text.trim()}`,
    );
    return nested.length > 0 ? nested : [name];
  });
}

function categories(channel: XmlNode, odd: Oddities): string[] | undefined {
  const mapped = mapCategories(categoryNames(channel), odd);
  for (const name of mapped.slice(MAX_CATEGORIES)) {
    odd.lost(
      'categories-many',
      `The show has more categories than the ${MAX_CATEGORIES} that directories read: ${quoted(name)} left out`,
    );
  }
  return mapped.length > 0 ? mapped.slice(0, MAX_CATEGORIES) : undefined;
}

/** `ana@example.org (Ana)`, as RSS 2.0 has it. */
function mailOf(text: string | undefined): string | undefined {
  return /[^\s<>()]+@[^\s<>()]+\.[^\s<>()]+/.exec(text ?? '')?.[0];
}

function owner(channel: XmlNode, odd: Oddities) {
  const element = childOf(channel, 'itunes:owner');
  const given = mailOf(textOf(element, 'itunes:email'));
  const fallback = given ?? mailOf(textOf(channel, 'googleplay:email')) ?? mailOf(textOf(channel, 'managingEditor'));
  if (given === undefined && fallback !== undefined) {
    odd.changed(
      'owner-email-elsewhere',
      `The feed has no itunes:owner with an e-mail address: ${fallback} was taken from elsewhere in it`,
    );
  }
  return { ownerEmail: fallback, ownerName: textOf(element, 'itunes:name') };
}

function people(channel: XmlNode) {
  const named = childrenOf(channel, 'podcast:person').filter(({ text }) => text.trim() !== '');
  return named.map(({ text, attributes: { role, group, href, img } }) => ({
    name: readLine(text, NAME_MAX_BYTES),
    ...(role ? { role } : {}),
    ...(group ? { group } : {}),
    ...(href ? { url: href } : {}),
    ...(img ? { imageUrl: img } : {}),
  }));
}

function texts(channel: XmlNode) {
  const all = childrenOf(channel, 'podcast:txt').filter(({ text }) => text.trim() !== '');
  const isAi = ({ attributes }: XmlNode) => attributes['purpose']?.toLowerCase() === 'ai-content';
  const ai = all.find(isAi)?.text.trim().toLowerCase();
  return {
    txt: all
      .filter((text) => !isAi(text))
      .map(({ text, attributes: { purpose } }) => ({ value: text.trim(), ...(purpose ? { purpose } : {}) })),
    aiContent: ai === 'yes' || ai === 'no' ? ai : undefined,
  };
}

function updateFrequency(channel: XmlNode) {
  const element = childOf(channel, 'podcast:updateFrequency');
  if (!element || element.text.trim() === '') return undefined;
  const { rrule, dtstart, complete } = element.attributes;
  return {
    text: readLine(element.text, NAME_MAX_BYTES),
    ...(rrule ? { rrule } : {}),
    ...(dtstart ? { dtstart } : {}),
    ...(complete === 'true' ? { complete: true } : {}),
  };
}

function license(channel: XmlNode) {
  const element = childOf(channel, 'podcast:license');
  const url = element?.attributes['url'];
  return element && element.text.trim() !== '' ? { id: element.text.trim(), ...(url ? { url } : {}) } : undefined;
}

const someOf = <T>(list: readonly T[]) => (list.length > 0 ? list : undefined);

/** What is wrong with a single field costs that field, not the show. */
function rightOnes(given: Readonly<Record<string, unknown>>, odd: Oddities): Record<string, unknown> {
  const settings = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined && value !== ''));
  for (let tries = 0; tries < Object.keys(given).length; tries++) {
    const checked = checkShow({ title: '?', ...settings }, {});
    if (checked.ok) break;
    const names = new Set(checked.error.issues.map(({ path }) => String(path[0])));
    for (const { path, message } of checked.error.issues) {
      odd.lost('field-unfit', `The show’s ${path.map(String).join('.')} ${message}: left out`);
    }
    for (const name of names) delete settings[name];
  }
  return settings;
}

export function readChannel(channel: XmlNode, context: ReadingContext, odd: Oddities): ImportedChannel {
  const title = textOf(channel, 'title') ?? textOf(channel, 'itunes:title');
  const address = (text: string | undefined, what: string) => resolvedAddress(text, context.base, what, odd);
  const type = textOf(channel, 'itunes:type')?.toLowerCase();
  const settings = rightOnes(
    {
      title: title && readTitle(title, context, odd),
      description: description(channel, context, odd),
      author: readLine(textOf(channel, 'itunes:author') ?? textOf(channel, 'googleplay:author') ?? '', 256),
      ...owner(channel, odd),
      link: address(textOf(channel, 'link'), 'the show’s link'),
      language: textOf(channel, 'language') ?? textOf(channel, 'dc:language'),
      explicit: readExplicit(channel, odd),
      categories: categories(channel, odd),
      type: type === 'serial' || type === 'episodic' ? type : undefined,
      copyright: textOf(channel, 'copyright') && readLine(textOf(channel, 'copyright') ?? '', 512),
      funding: someOf(
        childrenOf(channel, 'podcast:funding').map(({ text, attributes }) => ({
          url: attributes['url'] ?? '',
          text: readLine(text, NAME_MAX_BYTES) || 'Support the show',
        })),
      ),
      medium: textOf(channel, 'podcast:medium'),
      people: someOf(people(channel)),
      ...texts(channel),
      txt: someOf(texts(channel).txt),
      updateFrequency: updateFrequency(channel),
      license: license(channel),
      complete: textOf(channel, 'itunes:complete')?.toLowerCase() === 'yes' ? true : undefined,
    },
    odd,
  );
  if (title === undefined) odd.changed('title-missing', 'The show has no title: it keeps the one it has here');
  if (textOf(channel, 'itunes:block')?.toLowerCase() === 'yes') {
    odd.lost('blocked', 'The feed asks directories not to list it (itunes:block): the show here does not');
  }
  const image =
    childOf(channel, 'itunes:image')?.attributes['href'] ??
    textOf(childOf(channel, 'image'), 'url') ??
    childOf(channel, 'googleplay:image')?.attributes['href'];
  const imageUrl = address(image, 'the show’s artwork');
  if (imageUrl === undefined)
    odd.changed('artwork-missing', 'The feed names no artwork: the show keeps what it has here');
  const locked = childOf(channel, 'podcast:locked');
  const lockOwner = locked?.attributes['owner'];
  const podcastGuid = textOf(channel, 'podcast:guid');
  const newFeedUrl = textOf(channel, 'itunes:new-feed-url');
  return {
    settings,
    ...(podcastGuid === undefined ? {} : { podcastGuid }),
    ...(imageUrl === undefined ? {} : { imageUrl }),
    ...(newFeedUrl === undefined ? {} : { newFeedUrl }),
    ...(locked
      ? { lock: { isLocked: locked.text.trim().toLowerCase() === 'yes', ...(lockOwner ? { owner: lockOwner } : {}) } }
      : {}),
  };
}
