/** What an imported item's sound is: where, of what type, how large and how long, as far as its feed can be believed. */
import { childOf, childrenOf, textOf, type XmlNode } from './lenient-xml.ts';
import { type Oddities, quoted } from './oddity.ts';
import { readDuration } from './read-duration.ts';
import { resolvedAddress } from './relative-address.ts';

export interface ImportedAudio {
  readonly url: string;
  readonly contentType: string;
  /** 0: unknown, or what the feed says cannot be. */
  readonly lengthBytes: number;
  readonly durationSeconds?: number;
}

const TYPE_OF_SUFFIX: Readonly<Record<string, string>> = {
  ...{
    mp3: 'audio/mpeg',
    m4a: 'audio/mp4',
    m4b: 'audio/mp4',
    mp4: 'video/mp4',
    m4v: 'video/mp4',
    mov: 'video/quicktime',
  },
  ...{ ogg: 'audio/ogg', oga: 'audio/ogg', opus: 'audio/ogg', aac: 'audio/aac', wav: 'audio/wav', flac: 'audio/flac' },
  webm: 'video/webm',
};
const RENAMED_TYPES: Readonly<Record<string, string>> = {
  ...{
    'audio/mp3': 'audio/mpeg',
    'audio/x-mp3': 'audio/mpeg',
    'audio/mpeg3': 'audio/mpeg',
    'audio/x-mpeg': 'audio/mpeg',
  },
  ...{ 'audio/mpg': 'audio/mpeg', 'audio/m4a': 'audio/mp4', 'audio/x-wav': 'audio/wav', 'video/x-m4v': 'video/mp4' },
};
/** The least that anybody encodes speech with: fewer bits a second mean that the length is not one of bytes. */
const LEAST_BITS_PER_SECOND = 4_000;
const LEAST_BYTES = 4_096;
/** More than lossless sound of eight channels has: the duration is in milliseconds, or the length is of something else. */
const MOST_BITS_PER_SECOND = 40_000_000;

function suffixOf(url: string): string {
  return /\.([a-z0-9]{2,4})$/i.exec(new URL(url).pathname)?.[1]?.toLowerCase() ?? '';
}

function typeOf(written: string | undefined, url: string, odd: Oddities): string {
  const told = (written ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const renamed = RENAMED_TYPES[told];
  // Apple's own name for what is audio/mp4 is known to every app: it stays as it is.
  if (renamed === undefined && /^(audio|video)\/[\w.+-]+$/.test(told)) return told;
  const type = renamed ?? TYPE_OF_SUFFIX[suffixOf(url)] ?? 'audio/mpeg';
  const what = told === '' ? 'The enclosure has no type' : `The enclosure’s type is ${quoted(told)}`;
  odd.changed(told === '' ? 'type-missing' : 'type-unfit', `${what}: read as ${type}`);
  return type;
}

function durationOf(item: XmlNode, odd: Oddities): number | undefined {
  const written = textOf(item, 'itunes:duration');
  if (written === undefined) {
    odd.changed('duration-missing', 'The episode does not say how long it is');
    return undefined;
  }
  const read = readDuration(written);
  if (!read) odd.lost('duration-unreadable', `The duration ${quoted(written)} cannot be read: left out`);
  else if (read.oddity !== undefined)
    odd.changed('duration-form', `The duration is written ${quoted(written)}: ${read.oddity}`);
  return read?.seconds;
}

function lengthOf(written: string | undefined, durationSeconds: number | undefined, odd: Oddities): number {
  const text = written?.replace(/[\s,._](?=\d{3}\b)/g, '') ?? '';
  if (!/^\d{1,15}$/.test(text)) {
    const what = written ? `is ${quoted(written)}, no number` : 'is missing';
    odd.changed(written ? 'length-unreadable' : 'length-missing', `The enclosure’s length ${what}`);
    return 0;
  }
  const bytes = Number(text);
  if (text !== written)
    odd.changed('length-form', `The enclosure’s length is written ${quoted(written ?? '')}: read as ${bytes} bytes`);
  if (bytes === 0) {
    odd.changed('length-zero', 'The enclosure’s length is 0');
    return 0;
  }
  const isTooShort = durationSeconds !== undefined && (bytes * 8) / durationSeconds < LEAST_BITS_PER_SECOND;
  if (bytes < LEAST_BYTES || isTooShort) {
    const guess =
      durationSeconds !== undefined && Math.abs(bytes - durationSeconds) < 2
        ? 'it is the duration in seconds'
        : 'too few for its sound';
    odd.changed('length-implausible', `The enclosure’s length is ${bytes} bytes, which cannot be: ${guess}`);
    return 0;
  }
  return bytes;
}

/** Milliseconds where seconds should be make sound that nobody encodes so thin. */
function plausibleDuration(seconds: number | undefined, bytes: number, odd: Oddities): number | undefined {
  if (seconds === undefined || bytes === 0) return seconds;
  if ((bytes * 8) / seconds <= MOST_BITS_PER_SECOND) return seconds;
  odd.lost(
    'duration-implausible',
    `The episode cannot be only ${seconds} s long with ${bytes} bytes: its duration is left out`,
  );
  return undefined;
}

interface Candidate {
  readonly element: 'enclosure' | 'media:content';
  readonly url: string | undefined;
  readonly type: string | undefined;
  readonly length: string | undefined;
}

/** Elements that name the sound, the one that apps play first. */
function candidates(item: XmlNode): Candidate[] {
  const of =
    (element: Candidate['element']) =>
    ({ attributes: { url, type, length, fileSize } }: XmlNode) => ({ element, url, type, length: length ?? fileSize });
  const media = [...childrenOf(item, 'media:content'), ...childrenOf(childOf(item, 'media:group'), 'media:content')];
  return [...childrenOf(item, 'enclosure').map(of('enclosure')), ...media.map(of('media:content'))];
}

const isSound = ({ url = '', type = '' }: Candidate) =>
  /^(audio|video)\//i.test(type) || /\.(mp3|m4a|m4b|mp4|m4v|ogg|oga|opus|aac|wav|flac)([?#]|$)/i.test(url);

/** Undefined, and told, where there is nothing to play. */
export function readAudio(item: XmlNode, base: string | undefined, odd: Oddities): ImportedAudio | undefined {
  const enclosures = childrenOf(item, 'enclosure').length;
  const all = candidates(item).filter(({ url }) => url !== undefined && url.trim() !== '');
  // An enclosure that does not say what it is is still the sound of a podcast; a picture is not.
  const chosen =
    all.find(isSound) ??
    all.find(({ element, type = '' }) => element === 'enclosure' && !/^(image|text)\//i.test(type));
  const url = chosen && resolvedAddress(chosen.url, base, 'its enclosure', odd);
  if (!chosen || url === undefined) {
    const what = enclosures === 0 ? 'The item has no enclosure' : 'The item has no enclosure that can be played';
    odd.lost('enclosure-missing', `${what}: nothing can be heard of it, so it is no episode here`);
    return undefined;
  }
  if (enclosures > 1) {
    odd.changed(
      'enclosures-several',
      `The item has ${enclosures} enclosures, which RSS does not allow: ${quoted(url)} was taken`,
    );
  }
  if (chosen.element !== 'enclosure') {
    const what = enclosures === 0 ? 'The item has no enclosure' : 'The item’s enclosure is no sound';
    odd.changed('enclosure-elsewhere', `${what}: its media:content was taken for it`);
  }
  const durationSeconds = durationOf(item, odd);
  const lengthBytes = lengthOf(chosen.length, durationSeconds, odd);
  const plausible = plausibleDuration(durationSeconds, lengthBytes, odd);
  return {
    url,
    contentType: typeOf(chosen.type, url, odd),
    lengthBytes,
    ...(plausible === undefined ? {} : { durationSeconds: plausible }),
  };
}
