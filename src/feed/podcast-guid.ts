/** The show's identity across hosts: `podcast:guid` of the Podcasting 2.0 namespace. */
import { v5 as uuidOfName } from 'uuid';

const PODCAST_NAMESPACE = 'ead4c236-bf58-58c6-a2c6-a6b28d128cb6';

/** UUIDv5 of a feed's URL without scheme and trailing slashes. To be assigned once, and kept wherever the feed moves. */
export function podcastGuid(feedUrl: string): string {
  return uuidOfName(feedUrl.replace(/^[a-z][a-z0-9+.-]*:\/\//i, '').replace(/\/+$/, ''), PODCAST_NAMESPACE);
}
