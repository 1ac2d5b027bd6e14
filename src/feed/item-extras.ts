/** What the Podcasting 2.0 namespace adds to an item beside people, numbers and chapters: clips, other files, links, disclosure. */
import { Buffer } from 'node:buffer';
import type { Manifest, PublicFile } from '../domain/episode.ts';
import type { Show } from '../domain/show.ts';
import { publicUrlOf } from '../storage/object-keys.ts';
import { AI_CONTENT_PURPOSE } from './channel-extras.ts';
import { feedLine } from './feed-text.ts';
import { emptyElement, textElement, type XmlElement } from './xml-element.ts';

/** The namespace bounds these texts at 128 characters; a character has four bytes of UTF-8 at most. */
const LINE_MAX_BYTES = 128 * 4;

/** RFC 6381 names what is inside; `type` itself is without parameters. */
const CODECS: Readonly<Record<string, { readonly codecs: string; readonly title: string }>> = {
  'audio/mpeg': { codecs: 'mp3', title: 'MP3' },
  'audio/mp4': { codecs: 'mp4a.40.2', title: 'AAC' },
  'audio/ogg': { codecs: 'opus', title: 'Opus' },
};

/** Our public files are named by the SHA-256 of their bytes: W3C Subresource Integrity wants the same in base64. */
function integrityElement(key: string): XmlElement[] {
  const hex = /\/([0-9a-f]{64})\.[a-z0-9]+$/.exec(key)?.[1];
  if (hex === undefined) return [];
  const value = `sha256-${Buffer.from(hex, 'hex').toString('base64')}`;
  return [emptyElement('podcast:integrity', { type: 'sri', value })];
}

function alternateElement(
  show: Show,
  { key, contentType, lengthBytes }: PublicFile,
  durationSeconds: number,
  isDefault: boolean,
): XmlElement {
  const [type = contentType] = contentType.split(';');
  const attributes = {
    type,
    length: lengthBytes,
    bitrate: Math.round((lengthBytes * 8) / durationSeconds),
    ...CODECS[type],
    ...(isDefault && { default: true }),
  };
  const source = emptyElement('podcast:source', { uri: publicUrlOf(show.publicUrl, key), contentType });
  return { 'podcast:alternateEnclosure': [{ _attr: attributes }, source, ...integrityElement(key)] };
}

/** With other formats the enclosure is named once more among them, so that apps can choose from one list. */
function* alternateElements(show: Show, { audio, alternates = [] }: Manifest): Generator<XmlElement> {
  if (!audio || alternates.length === 0) return;
  yield alternateElement(show, audio, audio.durationSeconds, true);
  for (const file of alternates) yield alternateElement(show, file, audio.durationSeconds, false);
}

/** Those of the public audio. Imported episodes have what the creator set, as their audio never changes. */
function* soundbiteElements({ publishedSoundbites, soundbites, imported }: Manifest): Generator<XmlElement> {
  for (const { startSeconds, durationSeconds, title } of publishedSoundbites ?? (imported && soundbites) ?? []) {
    const times = { startTime: startSeconds.toFixed(3), duration: durationSeconds.toFixed(3) };
    if (title === undefined) yield emptyElement('podcast:soundbite', times);
    else yield textElement('podcast:soundbite', feedLine(title, LINE_MAX_BYTES), times);
  }
}

function* linkElements({ contentLinks = [], socialInteract = [] }: Manifest): Generator<XmlElement> {
  for (const { url, text } of contentLinks) {
    yield textElement('podcast:contentLink', feedLine(text, LINE_MAX_BYTES), { href: new URL(url).href });
  }
  for (const [index, { protocol, uri, accountId, accountUrl }] of socialInteract.entries()) {
    yield emptyElement('podcast:socialInteract', {
      protocol,
      ...(uri !== undefined && { uri: new URL(uri).href }),
      ...(accountId !== undefined && { accountId }),
      ...(accountUrl !== undefined && { accountUrl: new URL(accountUrl).href }),
      // Where there are several, the first is the creator's favourite.
      ...(socialInteract.length > 1 && { priority: index + 1 }),
    });
  }
}

export function* itemExtras(show: Show, episode: Manifest): Generator<XmlElement> {
  yield* soundbiteElements(episode);
  yield* alternateElements(show, episode);
  yield* linkElements(episode);
  const { license, aiContent } = episode;
  if (license) {
    // The namespace wants identifiers of its list in small letters; a name of one's own stays as it is.
    const id = license.url === undefined ? license.id.toLowerCase() : license.id;
    yield textElement('podcast:license', feedLine(id, LINE_MAX_BYTES), { url: license.url });
  }
  if (aiContent === 'yes' || aiContent === 'no') {
    yield textElement('podcast:txt', aiContent, { purpose: AI_CONTENT_PURPOSE });
  }
}
