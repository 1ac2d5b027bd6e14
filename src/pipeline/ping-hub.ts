/** Sends the ping that a show's hub is owed. */
import type { ShowId } from '../domain/ids.ts';
import { isOverdue } from '../domain/outbox.ts';
import { hubOf } from '../feed/feed-links.ts';
import { feedProblem } from './feed-first.ts';
import { changePing, isPingDue, pingBegan, pingBody, pingEnded, pingGivenUp, readPing } from './hub-pings.ts';
import { ATTEMPT_MS, type NotifyDependencies, pauseAfter, wasTaken } from './notify.ts';
import { hint, laterNotifyJob } from './room-flow.ts';
import { readShow } from './shows.ts';

const FORM_TYPE = 'application/x-www-form-urlencoded';

export async function pingHub(showId: ShowId, signal: AbortSignal, dependencies: NotifyDependencies): Promise<void> {
  const { bucket, clock, log, post, queue } = dependencies;
  for (;;) {
    signal.throwIfAborted();
    const ping = await readPing(bucket, showId);
    if (!ping || !isPingDue(ping, clock.now())) return;
    const show = await readShow(bucket, showId);
    const url = show && hubOf(show);
    if (!show || url === undefined) {
      await changePing(showId, bucket, (now) => pingGivenUp(now, 'the show has no hub any more', clock.now()));
      return;
    }
    if (isOverdue(ping, clock.now())) {
      const { isChanged } = await changePing(showId, bucket, (now) => pingGivenUp(now, undefined, clock.now()));
      if (isChanged) log.error({ showId }, 'a ping to the hub was given up: the hub took none for a day');
      return;
    }
    const problem = await feedProblem(showId, dependencies);
    const begun = await changePing(showId, bucket, (now) => pingBegan(now, clock.now(), ATTEMPT_MS));
    if (!begun.isChanged) return;
    const { mark, attempts } = begun.value;
    const message = { url, isOperators: true, headers: { 'content-type': FORM_TYPE }, body: pingBody(show), signal };
    const answer = problem === undefined ? await post(message) : { words: problem };
    const isTaken = wasTaken(answer);
    const pause = pauseAfter(attempts, answer);
    const ended = { isTaken, words: answer.words, nextAt: new Date(clock.now().getTime() + pause) };
    await changePing(showId, bucket, (now) => pingEnded(now, mark, ended, clock.now()));
    log[isTaken ? 'info' : 'warn']({ showId, attempts, answer: answer.words }, 'the hub was told');
    if (isTaken) continue;
    await hint(queue, log, laterNotifyJob({ showId }, pause));
    return;
  }
}
