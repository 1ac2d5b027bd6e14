/** Carries out what is owed to somebody who left an episode, or once all of it was erased. Every step can be done again. */
import type { Manifest, Removal } from '../domain/episode.ts';
import { PreconditionFailed } from '../domain/failure.ts';
import type { ParticipantId, Sha256 } from '../domain/ids.ts';
import { isLeftOut } from '../domain/left-out.ts';
import { publicKeys } from '../domain/public-files.ts';
import { purgeWanted } from '../domain/purge.ts';
import { episodeFilesPrefixes, renderPrefix, stemIndexKey, stemKey } from '../storage/object-keys.ts';
import { forgetIntake, removeErasedAudio } from './erase.ts';
import { deriveFeed, type FeedDependencies } from './feed-stage.ts';
import { forgetPeople } from './forget-people.ts';
import { forgetHearings, recordingsIn } from './heard-recordings.ts';
import { forgetLiveRoom } from './live-rooms.ts';
import { changeManifest, readManifest } from './manifests.ts';
import type { ObjectStore } from './ports.ts';
import { listAll, readRecord, replaceRecord } from './records.ts';
import { StemIndex } from './stem-index.ts';

interface RemovalDependencies extends FeedDependencies {
  /** Whoever keeps copies for the public is told there what is gone. */
  readonly purgeUrl?: string | undefined;
}

/** A worker that was under way when somebody left has ended by then, whatever became of it: what it wrote is found. */
const LAST_LOOK_MS = 3600 * 1000;

/** `last`: all was gone once, and it is time to look for what came late. */
export function removalDue({ removal }: Pick<Manifest, 'removal'>, now: Date): 'first' | 'last' | undefined {
  if (!removal) return undefined;
  if (removal.doneAt === undefined) return 'first';
  return now.getTime() - Date.parse(removal.doneAt) >= LAST_LOOK_MS ? 'last' : undefined;
}

/**
 * Call only after the feed was derived: it must not name what is no longer there. Public files, what the platform told,
 * what was heard in their recordings, and every render made with them are gone when this returns; of the newest one the
 * others' stems stay, until there is another.
 */
export async function carryOutRemoval(manifest: Manifest, dependencies: RemovalDependencies): Promise<void> {
  const { bucket, clock, purgeUrl } = dependencies;
  const { removal } = manifest;
  if (!removal) return;
  if (manifest.status === 'erased') {
    await forgetIntake(manifest, dependencies);
    await removeErasedAudio(manifest, dependencies);
  } else {
    await removeUnnamedFiles(manifest, bucket);
    await forgetPeople(manifest, bucket);
    // Nobody knows their name any more, so nobody can tell whether the announcement says it. The room is over.
    if (await forgetLiveRoom(manifest, dependencies)) await deriveFeed(manifest.showId, dependencies);
    const isTheirs = (id: ParticipantId) => isLeftOut(manifest, id);
    // Before the renders: their reports tell which recordings there were.
    await forgetHearings(bucket, [
      ...removal.recordings,
      ...(await recordingsIn(bucket, removal.renderKeys, isTheirs)),
    ]);
    await removeRenders(manifest, removal, isTheirs, bucket);
  }
  const isLast = removalDue(manifest, clock.now()) === 'last';
  await changeRemoval(manifest, bucket, (now, owed) => {
    const told = purgeUrl === undefined ? now : purgeWanted(now, owed.publicKeys, clock.now());
    if (!isLast || owed.trackKeys.length > 0) {
      return { ...told, removal: { ...owed, publicKeys: [], doneAt: clock.now().toISOString() } };
    }
    const { removal: _done, ...rest } = told;
    return rest;
  });
}

/** Housekeeping that no reader of the feed sees: the version stays. Left alone when more is owed by now than was done. */
export async function changeRemoval(
  { showId, id, removal }: Manifest,
  bucket: ObjectStore,
  change: (now: Manifest, removal: Removal) => Manifest,
): Promise<void> {
  const before = JSON.stringify(removal);
  await changeManifest(bucket, showId, id, (now) =>
    now.removal && JSON.stringify(now.removal) === before ? change(now, now.removal) : undefined,
  );
}

/** Whatever nobody names: also files of a publication that did not come to its end. */
async function removeUnnamedFiles({ showId, id }: Manifest, bucket: ObjectStore): Promise<void> {
  const there: string[] = [];
  for (const prefix of episodeFilesPrefixes(showId, id)) {
    for await (const { key } of listAll(bucket, prefix)) there.push(key);
  }
  const latest = (await readManifest(bucket, showId, id))?.value;
  const named = new Set(latest ? [...publicKeys(latest), ...latest.superseded.map(({ key }) => key)] : []);
  for (const key of there) if (!named.has(key)) await bucket.delete(key);
}

async function removeRenders(
  { showId, id }: Manifest,
  { renderKeys }: Removal,
  isTheirs: (id: ParticipantId) => boolean,
  bucket: ObjectStore,
): Promise<void> {
  const latest = (await readManifest(bucket, showId, id))?.value;
  for (const renderKey of renderKeys) {
    if (renderKey === latest?.master?.renderKey) continue;
    if (renderKey === latest?.stemsFrom) await keepOthersStems(renderKey, isTheirs, bucket);
    else await removeRender(renderKey, bucket);
  }
}

async function removeRender(renderKey: Sha256, bucket: ObjectStore): Promise<void> {
  for await (const { key } of listAll(bucket, renderPrefix(renderKey))) await bucket.delete(key);
}

/** First the index, so that whoever reads it finds every stem that it names. */
async function keepOthersStems(
  renderKey: Sha256,
  isTheirs: (id: ParticipantId) => boolean,
  bucket: ObjectStore,
): Promise<void> {
  const indexKey = stemIndexKey(renderKey);
  const index = await readRecord(bucket, indexKey, StemIndex);
  const stems = index?.value.stems.filter(({ participantId }) => !isTheirs(participantId)) ?? [];
  if (index && stems.length < index.value.stems.length) {
    await replaceRecord(bucket, indexKey, index.etag, { ...index.value, stems }).catch((error: unknown) => {
      // Somebody does the same at this moment.
      if (!(error instanceof PreconditionFailed)) throw error;
    });
  }
  const kept = new Set([indexKey, ...stems.map(({ name }) => stemKey(renderKey, name))]);
  for await (const { key } of listAll(bucket, renderPrefix(renderKey))) if (!kept.has(key)) await bucket.delete(key);
}

/** The stems that stood in for the others have done so: the new render has its own. */
export async function removeStandIns(manifest: Manifest, bucket: ObjectStore): Promise<void> {
  const { showId, id, stemsFrom, master } = manifest;
  if (!stemsFrom || !master || manifest.renderedRequest !== manifest.renderRequest) return;
  if (stemsFrom !== master.renderKey) await removeRender(stemsFrom, bucket);
  await changeManifest(bucket, showId, id, (now) => {
    if (now.stemsFrom !== stemsFrom || now.master?.renderKey !== master.renderKey) return undefined;
    const { stemsFrom: _done, ...rest } = now;
    return rest;
  });
}
