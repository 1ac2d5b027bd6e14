/** What the Podcasting 2.0 namespace adds to a channel: people, medium, rhythm, proofs of ownership, licence, pictures. */
import type { Participant } from '../domain/room.ts';
import type { Show } from '../domain/show.ts';
import { publicUrlOf } from '../storage/object-keys.ts';
import { personElement, showPersonElement } from './feed-people.ts';
import { feedLine, feedText } from './feed-text.ts';
import { emptyElement, textElement, type XmlElement } from './xml-element.ts';

/** The namespace bounds names at 128 and texts at 4,000 characters; a character has four bytes of UTF-8 at most. */
const NAME_MAX_BYTES = 128 * 4;
const TXT_MAX_BYTES = 4000 * 4;

/** The `purpose` under which a creator says whether content was made with artificial intelligence. */
export const AI_CONTENT_PURPOSE = 'ai-content';

function* fundingElements(show: Show): Generator<XmlElement> {
  for (const { url, text } of show.funding) {
    yield textElement('podcast:funding', feedLine(text, NAME_MAX_BYTES), { url });
  }
}

function* frequencyElements({ updateFrequency, complete }: Show): Generator<XmlElement> {
  const isComplete = complete || updateFrequency?.complete === true;
  if (isComplete) yield textElement('itunes:complete', 'Yes');
  if (!updateFrequency) return;
  const { text, rrule, dtstart } = updateFrequency;
  yield textElement('podcast:updateFrequency', feedLine(text, NAME_MAX_BYTES), {
    complete: isComplete ? 'true' : undefined,
    dtstart,
    rrule,
  });
}

function* txtElements(show: Show): Generator<XmlElement> {
  for (const { purpose, value } of show.txt) {
    yield textElement('podcast:txt', feedText(value, TXT_MAX_BYTES), {
      purpose: purpose === undefined ? undefined : feedLine(purpose, NAME_MAX_BYTES),
    });
  }
  if (show.aiContent !== 'unset') yield textElement('podcast:txt', show.aiContent, { purpose: AI_CONTENT_PURPOSE });
}

/** Every size as an element of its own, and once more in the older form, which more apps read so far. */
function* pictureElements({ cover, publicUrl, private: isPrivate }: Show, title: string): Generator<XmlElement> {
  if (cover?.widthPx === undefined) return;
  const sizes = [{ key: cover.key, widthPx: cover.widthPx }, ...(cover.smaller ?? [])].map(({ key, widthPx }) => ({
    href: publicUrlOf(publicUrl, key),
    widthPx,
  }));
  for (const { href, widthPx } of sizes) {
    yield emptyElement('podcast:image', {
      href,
      alt: title,
      'aspect-ratio': '1/1',
      width: widthPx,
      height: widthPx,
      type: 'image/jpeg',
      purpose: 'artwork',
    });
  }
  // A listener's token is only put where an address begins an attribute: of a list, in the first place alone.
  const listed = isPrivate ? sizes.slice(0, 1) : sizes;
  yield emptyElement('podcast:images', { srcset: listed.map(({ href, widthPx }) => `${href} ${widthPx}w`).join(', ') });
}

function* rightsElements({ publisher, license }: Show): Generator<XmlElement> {
  if (publisher) {
    const { feedGuid, feedUrl } = publisher;
    const remote = emptyElement('podcast:remoteItem', {
      medium: 'publisher',
      feedGuid,
      ...(feedUrl !== undefined && { feedUrl }),
    });
    yield { 'podcast:publisher': [remote] };
  }
  // The namespace wants identifiers of its list in small letters; a name of one's own stays as it is.
  if (license) {
    const id = license.url === undefined ? license.id.toLowerCase() : license.id;
    yield textElement('podcast:license', feedLine(id, NAME_MAX_BYTES), { url: license.url });
  }
}

/** `title` is already fit for a feed; `hosts` stand for the show's people where it names none. */
export function* channelExtras(show: Show, title: string, hosts: readonly Participant[]): Generator<XmlElement> {
  yield textElement('podcast:guid', show.podcastGuid);
  yield textElement('podcast:locked', show.locked ? 'yes' : 'no', { owner: show.ownerEmail || undefined });
  yield textElement('podcast:medium', show.medium);
  yield* fundingElements(show);
  yield* show.people.length > 0 ? show.people.map(showPersonElement) : hosts.map(personElement);
  yield* frequencyElements(show);
  yield* txtElements(show);
  yield* pictureElements(show, title);
  yield* rightsElements(show);
}
