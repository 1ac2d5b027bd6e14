/** Who is named in a feed: everybody who is heard in the episode, consented and has a name. */
import type { Manifest } from '../domain/episode.ts';
import type { Participant } from '../domain/room.ts';
import { feedLine } from './feed-text.ts';
import { textElement, type XmlElement } from './xml-element.ts';

/** The namespace wants at most 128 characters; names are kept below that in bytes. */
const NAME_MAX_BYTES = 128;

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

export function personElement(person: Participant): XmlElement {
  return textElement('podcast:person', feedLine(person.name ?? '', NAME_MAX_BYTES), {
    role: TAXONOMY_ROLE[person.role],
    img: person.imageUrl,
    href: person.url,
  });
}
