/** Tells whoever keeps copies for the public (a CDN) which files are gone, until it is taken or a day has passed. */
import type { Manifest } from '../domain/episode.ts';
import { sha256 } from '../domain/ids.ts';
import { isPurgeDue, purgeBegan, purgeEnded } from '../domain/purge.ts';
import { coverKeys, type Show } from '../domain/show.ts';
import { feedKey, isPrivateKey, keyWithin, publicUrlOf } from '../storage/object-keys.ts';
import { signMessage } from '../webhook/signature.ts';
import { changeManifest, readManifest } from './manifests.ts';
import { ATTEMPT_MS, type NotifyDependencies, pauseAfter, wasTaken } from './notify.ts';
import { hint, laterNotifyJob } from './room-flow.ts';
import { readShow } from './shows.ts';

export interface PurgeDependencies extends NotifyDependencies {
  /** Undefined: nobody keeps copies. */
  readonly purgeUrl?: string | undefined;
}

const NO_SECRET = 'cannot be signed: AFTERSHOW_WEBHOOK_SECRETS is not set where messages are sent from';

/** A show that became private was public: its pictures may be kept for a year by whoever fetched them. */
function coversOnceShared({ private: isPrivate, cover }: Show): string[] {
  return isPrivate && cover ? coverKeys(cover).map((key) => keyWithin('public', key)) : [];
}

export async function purgeCopies(
  { showId, episodeId }: Pick<Manifest, 'showId'> & { readonly episodeId: Manifest['id'] },
  signal: AbortSignal,
  dependencies: PurgeDependencies,
): Promise<void> {
  const { bucket, clock, log, queue, post, purgeUrl, signingSecret } = dependencies;
  const manifest = (await readManifest(bucket, showId, episodeId))?.value;
  const purge = manifest?.purge;
  const show = await readShow(bucket, showId);
  if (purgeUrl === undefined || !purge || !show || !isPurgeDue(manifest, clock.now())) return;
  const notBefore = new Date(clock.now().getTime() + ATTEMPT_MS);
  const begun = await changeManifest(bucket, showId, episodeId, (now) => purgeBegan(now, purge, notBefore));
  if (!begun.isChanged) return;
  const attempts = purge.attempts + 1;
  const secret = await signingSecret();
  // The feed too: a copy of it may still name who left.
  const shared = purge.keys.filter((key) => !isPrivateKey(key));
  const urls = [...shared, feedKey(showId), ...coversOnceShared(show)].map((key) => publicUrlOf(show.publicUrl, key));
  const body = JSON.stringify({ type: 'files.removed', timestamp: purge.since, data: { showId, episodeId, urls } });
  const id = `msg_${episodeId}_${sha256(body).slice(0, 16)}`;
  const answer =
    secret === undefined
      ? { words: NO_SECRET }
      : await post({
          ...{ url: purgeUrl, isOperators: true, body, signal },
          headers: { 'content-type': 'application/json', ...signMessage(secret, id, clock.now(), body) },
        });
  const isTaken = wasTaken(answer);
  const pause = pauseAfter(attempts, answer);
  const result = { isTaken, words: answer.words, nextAt: new Date(clock.now().getTime() + pause) };
  const { value } = await changeManifest(bucket, showId, episodeId, (now) =>
    purgeEnded(now, purge, result, clock.now()),
  );
  const fields = { showId, episodeId, files: purge.keys.length, attempts, answer: answer.words };
  if (value.purge?.givenUpAt) {
    log.error(fields, 'copies of removed files were not purged for a day: given up; purge them by hand');
  } else log[isTaken ? 'info' : 'warn'](fields, 'a purge of removed files was asked for');
  if (isPurgeDue(value, result.nextAt))
    await hint(queue, log, laterNotifyJob({ showId, episodeId }, isTaken ? 0 : pause));
}
