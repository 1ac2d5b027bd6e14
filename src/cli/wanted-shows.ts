/** Which shows a command is about: the one that is named, or all. */
import { PermanentFailure } from '../domain/failure.ts';
import { ShowId } from '../domain/ids.ts';
import type { Show } from '../domain/show.ts';
import type { ObjectStore } from '../pipeline/ports.ts';
import { listShows, readShow } from '../pipeline/shows.ts';
import { UsageError } from './usage-error.ts';

/** Throws UsageError for what is no show id. */
export function wantedShowId(text: string | undefined): ShowId | undefined {
  if (text === undefined) return undefined;
  const id = ShowId.safeParse(text);
  if (!id.success) throw new UsageError(`"${text}" is no show id: they have 1 to 64 of a-z, 0-9 and -`);
  return id.data;
}

/** Throws PermanentFailure('not-found') where there is no such show. */
export async function wantedShows(bucket: ObjectStore, wanted: ShowId | undefined): Promise<Show[]> {
  if (wanted === undefined) return listShows(bucket);
  const show = await readShow(bucket, wanted);
  if (!show) throw new PermanentFailure('not-found', `there is no show ${wanted} in ${bucket.description}`);
  return [show];
}
