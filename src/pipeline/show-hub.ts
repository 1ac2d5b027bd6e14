/** Which WebSub hub a show has: stored with the show, so that every process derives the same feed whatever its settings. */
import type { ShowId } from '../domain/ids.ts';
import { Show } from '../domain/show.ts';
import { showKey } from '../storage/object-keys.ts';
import type { Clock, ObjectStore } from './ports.ts';
import { changeRecord } from './records.ts';

interface HubDependencies {
  readonly bucket: ObjectStore;
  readonly clock: Clock;
}

/** A show that never had a hub takes that of the settings. One that has another keeps it: processes must not fight over it. */
export async function withHub(
  show: Show,
  dependencies: HubDependencies & { readonly hubUrl?: string | undefined },
): Promise<Show> {
  const { hubUrl } = dependencies;
  if (hubUrl === undefined || show.hubUrl !== undefined) return show;
  return writeHub(show.id, (known) => known ?? hubUrl, dependencies);
}

/** Empty: no hub from now on, whatever the settings say. Throws PermanentFailure('not-found'). */
export function setHub(showId: ShowId, hubUrl: string, dependencies: HubDependencies): Promise<Show> {
  return writeHub(showId, () => hubUrl, dependencies);
}

async function writeHub(
  showId: ShowId,
  choose: (known: string | undefined) => string,
  { bucket, clock }: HubDependencies,
): Promise<Show> {
  const { value } = await changeRecord(bucket, showKey(showId), Show, (show) => {
    const hubUrl = choose(show.hubUrl);
    if (hubUrl === show.hubUrl) return undefined;
    return { ...show, hubUrl, version: show.version + 1, updatedAt: clock.now().toISOString() };
  });
  return value;
}
