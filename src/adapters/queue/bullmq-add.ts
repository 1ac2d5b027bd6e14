/** Adding jobs so that asking twice changes nothing, and asking for a failed one tries it again. */
import { randomUUID } from 'node:crypto';
import type { FlowJob, FlowProducer, IQueueBackend, Queue } from 'bullmq';
import type { JobRequest, QueueName } from '../../pipeline/ports.ts';
import { bullmqName, jobOptions } from './bullmq-names.ts';

/** Whatever its job data: payloads are parsed where they are used. */
export type AnyQueue = Queue<unknown, unknown, string, unknown, unknown, string, IQueueBackend, unknown>;
export type AnyFlowProducer = FlowProducer<IQueueBackend, unknown>;

export interface Producers {
  queue(name: QueueName): Promise<AnyQueue>;
  flows(): Promise<AnyFlowProducer>;
}

/** A job may change hands between two looks at it; more often than this it does not. */
const MOST_LOOKS = 5;

function flowOf(job: JobRequest): FlowJob {
  return {
    name: job.queue,
    queueName: bullmqName(job.queue),
    data: job.payload,
    // failParentOnFailure stays off: with it on, retrying the child would leave its parent failed for ever.
    opts: jobOptions(job),
    ...(job.children && { children: job.children.map(flowOf) }),
  };
}

/** Tries a failed job again with all its attempts; leaves any other alone. */
async function retryIfFailed(producers: Producers, name: QueueName, jobId: string): Promise<void> {
  const queue = await producers.queue(name);
  if ((await queue.getJobState(jobId)) !== 'failed') return;
  const job = await queue.getJob(jobId);
  try {
    await job?.retry('failed', {
      resetAttemptsMade: true,
      resetAttemptsStarted: true,
    });
  } catch (error) {
    // Another caller was first: then it is as we want it.
    if ((await queue.getJobState(jobId)) === 'failed') throw error;
  }
}

/**
 * Adds a job with its children. A parent that waits gets children it lost, and failed ones tried again. A parent that
 * has left its children behind (it waits, runs or has ended) is treated as a job of its own: its children are done.
 * Stranded for good is only a parent whose child was removed by hand in a way that told the parent nothing; adding it
 * again mends that too.
 */
async function addFlow(producers: Producers, job: JobRequest): Promise<void> {
  const parents = await producers.queue(job.queue);
  const state = await parents.getJobState(job.jobId);
  if (state === 'failed') return retryIfFailed(producers, job.queue, job.jobId);
  if (state !== 'unknown' && state !== 'waiting-children') return;
  await (await producers.flows()).add(flowOf(job));
  for (const child of job.children ?? []) {
    await retryIfFailed(producers, child.queue, child.jobId);
  }
}

/** Every request gets an id of its own, since a finished id would never run again; the key keeps them apart. */
async function addDeduplicated(queue: AnyQueue, job: JobRequest, key: string): Promise<void> {
  for (let look = 0; look < MOST_LOOKS; look++) {
    const jobId = `${job.jobId}-${randomUUID()}`;
    const added = await queue.add(job.queue, job.payload, {
      ...jobOptions({ ...job, jobId }),
      deduplication: { id: key, keepLastIfActive: true },
    });
    if (added.id === undefined || added.id === jobId) return;
    // Folded into another one. While that is active BullMQ keeps the latest payload for the next run by itself; while
    // it still waits it would keep its old payload.
    const other = await queue.getJob(added.id);
    const state = await queue.getJobState(added.id);
    if (state === 'active') return;
    if (other !== undefined && (state === 'waiting' || state === 'delayed')) {
      await other.updateData(job.payload);
      const now = await queue.getJobState(added.id);
      if (now === 'waiting' || now === 'delayed') return;
    }
  }
}

/** Throws a plain Error for a request that can never be added, and what the backend throws. */
export async function addJob(producers: Producers, job: JobRequest): Promise<void> {
  const { deduplicationKey, children = [] } = job;
  if (deduplicationKey !== undefined && children.length > 0) {
    throw new Error(`job ${job.jobId} has both children and a deduplication key; BullMQ can give it only one of them`);
  }
  const queue = await producers.queue(job.queue);
  if (deduplicationKey !== undefined) return addDeduplicated(queue, job, deduplicationKey);
  if (children.length > 0) return addFlow(producers, job);
  await queue.add(job.queue, job.payload, jobOptions(job));
  await retryIfFailed(producers, job.queue, job.jobId);
}
