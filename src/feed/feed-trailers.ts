/** `podcast:trailer`: the show's trailers where apps look for them, beside their being episodes. */
import type { Show } from '../domain/show.ts';
import { namedAudio } from './feed-audio.ts';
import type { PublishedEpisode } from './feed-item.ts';
import { feedLine } from './feed-text.ts';
import { textElement, type XmlElement } from './xml-element.ts';

/** The namespace's, in characters of four bytes of UTF-8 at most. */
const TITLE_MAX_BYTES = 128 * 4;

/** In the order of the episodes; apps that show one show the newest. */
export function* trailerElements(show: Show, episodes: readonly PublishedEpisode[]): Generator<XmlElement> {
  for (const episode of episodes) {
    const audio = episode.episodeType === 'trailer' ? namedAudio(episode, show.publicUrl) : undefined;
    if (!audio) continue;
    yield textElement('podcast:trailer', feedLine(episode.title, TITLE_MAX_BYTES), {
      url: audio.url,
      pubdate: new Date(episode.publishedAt).toUTCString(),
      type: audio.contentType,
      length: audio.lengthBytes > 0 ? String(audio.lengthBytes) : undefined,
      season: episode.season === undefined ? undefined : String(episode.season),
    });
  }
}
