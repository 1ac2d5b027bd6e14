/** Removes public files that no feed should name any more. */
import type { Manifest } from '../domain/episode.ts';
import { publicKeys } from '../domain/public-files.ts';
import { purgeWanted } from '../domain/purge.ts';
import { episodeFilesPrefixes } from '../storage/object-keys.ts';
import { changeManifest, readManifest } from './manifests.ts';
import type { Clock, ObjectStore } from './ports.ts';
import { listAll } from './records.ts';

/** Long enough for apps that read the feed yesterday, and for downloads that stopped half way. */
export const GRACE_MS = 7 * 24 * 3600 * 1000;

interface RetireDependencies {
  readonly bucket: ObjectStore;
  readonly clock: Clock;
  /** Whoever keeps copies for the public is told there what is gone. */
  readonly purgeUrl?: string | undefined;
}

/** Call only after the feed was derived. Withdrawn episodes lose all files at once, others what was superseded long enough. */
export async function removeUnwantedFiles(manifest: Manifest, dependencies: RetireDependencies): Promise<number> {
  const { bucket, clock } = dependencies;
  if (manifest.status === 'rendering') return 0;
  const kept = new Set(publicKeys(manifest));
  const isWithdrawn = manifest.status !== 'published';
  const due = new Set(
    manifest.superseded
      .filter(({ since }) => isWithdrawn || clock.now().getTime() - Date.parse(since) >= GRACE_MS)
      .map(({ key }) => key),
  );
  if (!isWithdrawn && due.size === 0) return 0;
  const unwanted: string[] = [];
  for (const prefix of episodeFilesPrefixes(manifest.showId, manifest.id)) {
    for await (const { key } of listAll(bucket, prefix)) {
      if (!kept.has(key) && (isWithdrawn || due.has(key))) unwanted.push(key);
    }
  }
  // Somebody may have asked for it again since: publishing begins with a change of the manifest.
  const latest = (await readManifest(bucket, manifest.showId, manifest.id))?.value;
  if (latest?.version !== manifest.version) return 0;
  for (const key of unwanted) await bucket.delete(key);
  // Also what an earlier try removed before it could say so.
  if (unwanted.length + due.size > 0) await forget(manifest, new Set([...due, ...unwanted]), dependencies);
  return unwanted.length;
}

/** Housekeeping that no reader of the feed sees: the version stays, and with it the feed's bytes. */
async function forget(
  { showId, id }: Manifest,
  keys: ReadonlySet<string>,
  { bucket, clock, purgeUrl }: RetireDependencies,
): Promise<void> {
  await changeManifest(bucket, showId, id, (now) => {
    const superseded = now.superseded.filter(({ key }) => !keys.has(key));
    const told = purgeUrl === undefined ? now : purgeWanted(now, [...keys], clock.now());
    return told === now && superseded.length === now.superseded.length ? undefined : { ...told, superseded };
  });
}
