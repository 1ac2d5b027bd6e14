/** XML of feeds as it is found: repaired where that is safe, refused where it could harm, read into plain nodes. */
import { decodeHTMLStrict } from 'entities';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { messageOf } from '../../domain/failure.ts';
import { Oddities, type Oddity, quoted } from './oddity.ts';

/** An element. Attributes by their names, children by theirs in the order of the feed. */
export interface XmlNode {
  readonly text: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Readonly<Record<string, readonly XmlNode[]>>;
}

/** Prefixes as they are used here, whatever a feed calls its namespaces; addresses in lower case. */
const PREFIX_OF: Readonly<Record<string, string>> = {
  'http://www.itunes.com/dtds/podcast-1.0.dtd': 'itunes',
  'https://podcastindex.org/namespace/1.0': 'podcast',
  'https://github.com/podcastindex-org/podcast-namespace/blob/main/docs/1.0.md': 'podcast',
  'http://purl.org/rss/1.0/modules/content/': 'content',
  'http://www.w3.org/2005/atom': 'atom',
  'http://podlove.org/simple-chapters': 'psc',
  'http://podlove.org/simple-chapters/': 'psc',
  'http://purl.org/dc/elements/1.1/': 'dc',
  'http://search.yahoo.com/mrss/': 'media',
  'http://purl.org/syndication/history/1.0': 'fh',
  'http://www.google.com/schemas/play-podcasts/1.0': 'googleplay',
  'urn:aftershow:feed': 'aftershow',
};

export type ReadXml =
  | { readonly ok: true; readonly root: XmlNode; readonly oddities: readonly Oddity[] }
  | { readonly ok: false; readonly code: string; readonly message: string };

const refused = (code: string, message: string) => ({ ok: false as const, code, message });

const BARE_AMPERSAND = /&(?!#\d{1,7};|#x[0-9a-fA-F]{1,6};|[A-Za-z][A-Za-z0-9]{1,31};)/g;
const NAMED_ENTITY = /&([A-Za-z][A-Za-z0-9]{1,31});/g;
const XML_ENTITIES: ReadonlySet<string> = new Set(['amp', 'lt', 'gt', 'quot', 'apos']);

const CLOSER_OF = { '<![CDATA[': ']]>', '<!--': '-->' } as const;

/** Applies `change` to what is markup or text, never to CDATA and comments. Linear, whatever is left open. */
function outsideCdata(xml: string, change: (part: string) => string): string {
  let result = '';
  let position = 0;
  for (;;) {
    const [opener, start] = nextOpener(xml, position);
    const end = opener ? xml.indexOf(CLOSER_OF[opener], start) : -1;
    if (!opener || end < 0) return result + change(xml.slice(position));
    const after = end + CLOSER_OF[opener].length;
    result += change(xml.slice(position, start)) + xml.slice(start, after);
    position = after;
  }
}

function nextOpener(xml: string, from: number): readonly [keyof typeof CLOSER_OF | undefined, number] {
  for (let at = xml.indexOf('<!', from); at >= 0; at = xml.indexOf('<!', at + 2)) {
    if (xml.startsWith('<![CDATA[', at)) return ['<![CDATA[', at];
    if (xml.startsWith('<!--', at)) return ['<!--', at];
  }
  return [undefined, xml.length];
}

/** What could make little XML large, or make us fetch something. */
class OwnEntities extends Error {}

/** Throws OwnEntities. */
function repaired(xml: string, odd: Oddities): string {
  let ampersands = 0;
  const html = new Set<string>();
  const text = outsideCdata(xml, (part) => {
    if (/<!ENTITY\s/i.test(part)) throw new OwnEntities();
    for (const [, name = ''] of part.matchAll(NAMED_ENTITY)) if (!XML_ENTITIES.has(name)) html.add(name);
    return part.replace(BARE_AMPERSAND, () => {
      ampersands++;
      return '&amp;';
    });
  });
  if (ampersands > 0) {
    odd.changed('ampersand-bare', `${ampersands} times an & is not written as &amp;: read as the character itself`);
  }
  const names = [...html].slice(0, 8).map((name) => `&${name};`);
  if (names.length > 0) {
    odd.changed(
      'html-entities',
      `The feed uses HTML entities that XML does not know (${names.join(', ')}): read as HTML`,
    );
  }
  return text;
}

/** What the feed calls its namespaces, to what they are called here. */
function prefixesOf(xml: string): ReadonlyMap<string, string> {
  const prefixes = new Map<string, string>();
  for (const [, prefix = '', address = ''] of xml.matchAll(/\sxmlns:([\w.-]+)\s*=\s*["']([^"']*)["']/g)) {
    const ours = PREFIX_OF[address.trim().toLowerCase()];
    if (ours !== undefined && ours !== prefix) prefixes.set(prefix, ours);
  }
  return prefixes;
}

/** Throws nothing: what cannot be read is a refusal in words. */
export function readXml(xml: string): ReadXml {
  const odd = new Oddities();
  if (/^\s+<\?xml/.test(xml)) odd.changed('leading-space', 'There is blank space before the XML declaration: ignored');
  let text: string;
  try {
    text = repaired(xml.trimStart(), odd);
  } catch (error) {
    if (!(error instanceof OwnEntities)) throw error;
    const why = 'as XML bombs and thefts of files do. It is not read; a podcast feed needs none.';
    return refused('xml-entities', `The feed declares XML entities of its own, ${why}`);
  }
  const wellFormed = XMLValidator.validate(text);
  if (wellFormed !== true) {
    const { line, msg } = wellFormed.err;
    return refused('not-xml', `This is not well-formed XML (line ${line}): ${quoted(msg)}`);
  }
  const prefixes = prefixesOf(text);
  for (const [theirs, ours] of prefixes) {
    odd.changed('namespace-prefix', `The feed calls the namespace of ${ours}: by the prefix ${theirs}: understood`);
  }
  try {
    const root = nodeOf(parserFor(prefixes).parse(text));
    return { ok: true, root, oddities: odd.found };
  } catch (cause) {
    return refused('not-xml', `The XML cannot be read: ${quoted(messageOf(cause))}`);
  }
}

function parserFor(prefixes: ReadonlyMap<string, string>): XMLParser {
  return new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    textNodeName: '#',
    alwaysCreateTextNode: true,
    parseTagValue: false,
    trimValues: false,
    parseAttributeValue: false,
    ignorePiTags: true,
    isArray: (_name, _path, _isLeaf, isAttribute) => !isAttribute,
    transformTagName: (name) => {
      const colon = name.indexOf(':');
      const ours = colon > 0 ? prefixes.get(name.slice(0, colon)) : undefined;
      return ours === undefined ? name : ours + name.slice(colon);
    },
    // Own entities were refused before: what is left are characters, however they are called.
    entityDecoder: {
      setExternalEntities: () => undefined,
      addInputEntities: () => undefined,
      reset: () => undefined,
      setXmlVersion: () => undefined,
      decode: decodeHTMLStrict,
    },
  });
}

function nodeOf(parsed: unknown): XmlNode {
  const attributes: Record<string, string> = {};
  const children: Record<string, readonly XmlNode[]> = {};
  let text = '';
  for (const [name, value] of Object.entries(parsed ?? {})) {
    if (name === '#') text = String(value);
    else if (name.startsWith('@')) attributes[name.slice(1)] = String(value).trim();
    else if (Array.isArray(value)) children[name] = value.map(nodeOf);
  }
  return { text, attributes, children };
}

export function childrenOf(node: XmlNode | undefined, name: string): readonly XmlNode[] {
  return node?.children[name] ?? [];
}

export function childOf(node: XmlNode | undefined, name: string): XmlNode | undefined {
  return childrenOf(node, name)[0];
}

/** Of the first element of that name that holds any; undefined where there is none. */
export function textOf(node: XmlNode | undefined, name: string): string | undefined {
  for (const { text } of childrenOf(node, name)) if (text.trim() !== '') return text.trim();
  return undefined;
}
