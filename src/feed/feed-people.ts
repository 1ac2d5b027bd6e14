/** Who is named in a feed: everybody who is heard in the episode, consented and has a name. */
import type { Manifest } from '../domain/episode.ts';
import type { Participant } from '../domain/room.ts';
import type { Show } from '../domain/show.ts';
import type { ShowPerson } from '../domain/show-channel.ts';
import { feedLine } from './feed-text.ts';
import { groupOfRole } from './podcast-taxonomy.ts';
import { textElement, type XmlElement } from './xml-element.ts';

/** The namespace wants at most 128 characters; names are kept below that in bytes. */
const NAME_MAX_BYTES = 128;
/** Those of a show were counted in characters when it was saved; each has four bytes of UTF-8 at most. */
const SHOW_NAME_MAX_BYTES = 128 * 4;

/** Those who are heard, in the words of the Podcast Taxonomy. */
const CAST = 'cast';

/** The Podcast Taxonomy knows no plain speaker: whoever does not host is a guest there. */
const TAXONOMY_ROLE = {
  host: 'host',
  guest: 'guest',
  speaker: 'guest',
} as const;

/**
 * In the order of the manifest. Nobody whose tracks were all missing or refused: that person is not heard. An imported
 * episode has no tracks: everybody whom its old feed named is.
 */
export function peopleHeard(episode: Manifest): Participant[] {
  const excluded = new Set([...episode.excludedParticipantIds, ...(episode.edit.excludeParticipantIds ?? [])]);
  const heard = new Set(
    episode.tracks
      .filter(({ state }) => state === 'present' || state === 'incomplete')
      .map(({ participantId }) => participantId),
  );
  return episode.participants.filter(
    ({ id, name, consent }) =>
      consent && !excluded.has(id) && (episode.imported || heard.has(id)) && name !== undefined && name !== '',
  );
}

/**
 * Everybody who is heard; with them who else makes the show, as an episode's people take the place of the show's. A
 * host of the show who is not heard in this episode did not host it.
 */
export function* peopleElements(show: Show, episode: Manifest): Generator<XmlElement> {
  const heard = peopleHeard(episode);
  if (heard.length === 0) return;
  yield* heard.map(personElement);
  const names = new Set(heard.map(({ name }) => name));
  for (const person of show.people) {
    const group = person.group ?? (person.role === undefined ? CAST : groupOfRole(person.role));
    if (group?.toLowerCase() !== CAST && !names.has(person.name)) yield showPersonElement(person);
  }
}

/** Without role and group a person is a host, as the namespace has it. */
export function showPersonElement({ name, role, group, url, imageUrl }: ShowPerson): XmlElement {
  return textElement('podcast:person', feedLine(name, SHOW_NAME_MAX_BYTES), {
    role: role ?? (group === undefined ? 'host' : undefined),
    group: group ?? (role === undefined ? undefined : groupOfRole(role)),
    img: imageUrl,
    href: url,
  });
}

export function personElement(person: Participant): XmlElement {
  return textElement('podcast:person', feedLine(person.name ?? '', NAME_MAX_BYTES), {
    role: TAXONOMY_ROLE[person.role],
    img: person.imageUrl,
    href: person.url,
  });
}
