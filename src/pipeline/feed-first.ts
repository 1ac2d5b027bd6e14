/** Before anybody is told of a change: the feed, so that whoever comes to look finds what was told. */
import { PermanentFailure } from '../domain/failure.ts';
import type { ShowId } from '../domain/ids.ts';
import { deriveFeed, type FeedDependencies } from './feed-stage.ts';

/** Undefined once the feed says what the manifests say; else why it cannot, in words. Throws passing failures. */
export async function feedProblem(showId: ShowId, dependencies: FeedDependencies): Promise<string | undefined> {
  try {
    await deriveFeed(showId, dependencies);
    return undefined;
  } catch (error) {
    if (error instanceof PermanentFailure) return `waits for the feed: ${error.message}`;
    throw error;
  }
}
