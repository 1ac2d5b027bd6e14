/** What every job on an episode has in common: parse the payload, run the stage, leave a reason where it failed for good. */
import { messageOf, PassingFailure, PermanentFailure } from '../src/domain/failure.ts';
import type { Clock, JobContext, JobHandler, JobOutcome, JobQueue, Log, ObjectStore } from '../src/pipeline/ports.ts';
import { recordFailure } from '../src/pipeline/render-stage.ts';
import { EpisodeJob, hint, notifyJob } from '../src/pipeline/room-flow.ts';

interface EpisodeJobDependencies {
  readonly bucket: ObjectStore;
  readonly clock: Clock;
  readonly queue: JobQueue;
  readonly log: Log;
}

type Stage = (job: EpisodeJob, context: JobContext) => Promise<JobOutcome>;

export function episodeJob(name: 'render' | 'publish', stage: Stage, dependencies: EpisodeJobDependencies): JobHandler {
  const { log } = dependencies;
  return async (payload, context) => {
    const job = EpisodeJob.parse(payload);
    const fields = { jobId: context.jobId, attempt: context.attempt };
    log.info(fields, 'job begins');
    try {
      const outcome = await stage(job, context);
      log.info({ ...fields, outcome: outcome.kind }, 'job ends');
      return outcome;
    } catch (error) {
      log.warn({ ...fields, reason: messageOf(error), cause: causeOf(error) }, 'job failed');
      const final = finalFailure(error, context);
      if (final) {
        await recordFailure(name, job, final, dependencies);
        await hint(dependencies.queue, log, notifyJob({ showId: job.showId, episodeId: job.episodeId }));
      }
      throw final ?? error;
    }
  };
}

/** A surprise that came back at every attempt is final too; what was only out of reach is asked for again by sweep. */
function finalFailure(error: unknown, context: JobContext): PermanentFailure | undefined {
  if (error instanceof PermanentFailure) return error;
  if (error instanceof PassingFailure || context.signal.aborted || !context.isLastAttempt) return undefined;
  return new PermanentFailure(
    'internal',
    'Something went wrong while making this episode. Try again, or ask the operator.',
    {
      cause: error,
    },
  );
}

function causeOf(error: unknown): string | undefined {
  return error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : undefined;
}
