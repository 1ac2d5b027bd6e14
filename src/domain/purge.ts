/**
 * Public files that are gone and of which a CDN may still have copies, as pure steps: owed until somebody took the list,
 * or a day has passed. No reader of the feed sees any of it, so the version stays.
 */
import type { Manifest } from './episode.ts';
import { PATIENCE_MS } from './outbox.ts';

type Purge = NonNullable<Manifest['purge']>;

/** More files of one episode have gone: the day begins anew. */
export function purgeWanted(manifest: Manifest, keys: readonly string[], at: Date): Manifest {
  if (keys.length === 0) return manifest;
  const known = manifest.purge?.keys ?? [];
  return { ...manifest, purge: { keys: [...new Set([...known, ...keys])], since: at.toISOString(), attempts: 0 } };
}

export function isPurgeOwed({ purge }: Pick<Manifest, 'purge'>): boolean {
  return purge !== undefined && purge.givenUpAt === undefined;
}

export function isPurgeDue({ purge }: Pick<Manifest, 'purge'>, now: Date): boolean {
  if (!purge || purge.givenUpAt !== undefined) return false;
  return purge.nextAt === undefined || Date.parse(purge.nextAt) <= now.getTime();
}

/** Undefined where somebody else has begun with it since. `notBefore`: when others may think that this attempt is dead. */
export function purgeBegan(manifest: Manifest, seen: Purge, notBefore: Date): Manifest | undefined {
  const { purge } = manifest;
  if (!purge || JSON.stringify(purge) !== JSON.stringify(seen)) return undefined;
  return { ...manifest, purge: { ...purge, attempts: purge.attempts + 1, nextAt: notBefore.toISOString() } };
}

export interface PurgeResult {
  readonly isTaken: boolean;
  /** What came of it, in words without addresses that hold secrets. */
  readonly words: string;
  readonly nextAt: Date;
}

/** `sent`: what the attempt was about; what was added since is still owed. */
export function purgeEnded(manifest: Manifest, sent: Purge, result: PurgeResult, at: Date): Manifest | undefined {
  const { purge, ...rest } = manifest;
  if (!purge) return undefined;
  const gone = new Set(sent.keys);
  if (result.isTaken) {
    const keys = purge.keys.filter((key) => !gone.has(key));
    return keys.length === 0 ? rest : { ...rest, purge: { ...purge, keys } };
  }
  if (purge.since !== sent.since) return undefined;
  const isOver = at.getTime() - Date.parse(purge.since) >= PATIENCE_MS;
  const told = { ...purge, lastAnswer: result.words, nextAt: result.nextAt.toISOString() };
  return { ...rest, purge: isOver ? { ...told, givenUpAt: at.toISOString() } : told };
}

/** Owed again from now on. Undefined where nothing is. */
export function purgeAgain(manifest: Manifest, at: Date): Manifest | undefined {
  return manifest.purge && { ...manifest, purge: { keys: manifest.purge.keys, since: at.toISOString(), attempts: 0 } };
}
