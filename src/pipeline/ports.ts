/** What the stages need of the outside: objects, jobs, work files, time and a log. Adapters implement these. */
import type { Readable } from 'node:stream';
import type { Chapter } from '../domain/episode.ts';
import type { Notice } from '../domain/failure.ts';
import type { Sha256 } from '../domain/ids.ts';

export interface ObjectInfo {
  readonly key: string;
  /** Opaque and strong: equal tags mean equal bytes. Without quotes. */
  readonly etag: string;
  readonly lengthBytes: number;
  readonly contentType: string;
  readonly lastModified: Date;
  /** As put; listings of S3 do not tell them. */
  readonly cacheControl?: string;
  readonly contentDisposition?: string;
}

export interface ObjectListing {
  /** In the order of the keys' UTF-8 bytes. contentType may be empty here: listings of S3 do not tell it. */
  readonly objects: readonly ObjectInfo[];
  /** Present when there is more; pass it to the next call. */
  readonly cursor?: string;
}

export interface ByteRange {
  readonly start: number;
  /** Inclusive, as in HTTP. */
  readonly end: number;
}

export type PutBody = string | Uint8Array | { readonly file: string };

/** `absent`: create only; `etag`: replace only what was read. */
export type PutCondition = { readonly absent: true } | { readonly etag: string };

export interface PutOptions {
  readonly contentType: string;
  readonly cacheControl?: string;
  readonly contentDisposition?: string;
  readonly condition?: PutCondition;
  readonly signal?: AbortSignal;
}

/**
 * A bucket. Every write is atomic: readers see the old bytes or the new ones, never a mixture.
 * All calls throw PassingFailure('store-unreachable') when the store cannot be reached or answers 5xx after retries,
 * and a plain Error naming the key for anything else.
 */
export interface ObjectStore {
  /** For people: where this store is, without credentials. */
  readonly description: string;
  head(key: string, signal?: AbortSignal): Promise<ObjectInfo | undefined>;
  /** Undefined when absent. The body must be read to its end or destroyed. Throws PreconditionFailed when `ifMatch` differs. */
  get(
    key: string,
    options?: {
      readonly range?: ByteRange;
      readonly ifMatch?: string;
      readonly signal?: AbortSignal;
    },
  ): Promise<{ readonly info: ObjectInfo; readonly body: Readable } | undefined>;
  /** The new ETag. Throws PreconditionFailed when the condition does not hold. */
  put(key: string, body: PutBody, options: PutOptions): Promise<string>;
  /** Removing what is absent is fine. */
  delete(key: string): Promise<void>;
  list(prefix: string, options?: { readonly cursor?: string; readonly limit?: number }): Promise<ObjectListing>;
  /** Proves that conditional writes are honoured; throws PermanentFailure('store-unsafe') with advice when they are not. */
  probe(): Promise<void>;
  close(): Promise<void>;
}

export type QueueName = 'render' | 'publish' | 'feed' | 'notify';
export const QUEUE_NAMES: readonly QueueName[] = ['render', 'publish', 'feed', 'notify'];

/** A job and the jobs that must have finished before it starts. */
export interface JobRequest {
  readonly queue: QueueName;
  /** No `:`, not all digits. Adding a known id changes nothing, unless that job has failed: then it is tried again. */
  readonly jobId: string;
  readonly payload: unknown;
  readonly delayMs?: number;
  readonly attempts?: number;
  readonly children?: readonly JobRequest[];
  /** At most one job with this key runs and at most one more waits: what comes meanwhile is folded into the waiting one. */
  readonly deduplicationKey?: string;
}

export type JobState = 'absent' | 'waiting' | 'delayed' | 'active' | 'waiting-children' | 'completed' | 'failed';

export interface JobProgress {
  readonly stage: string;
  /** 0 to 100 over the whole job. */
  readonly percent: number;
}

export interface JobContext {
  readonly jobId: string;
  /** 1 at the first try. */
  readonly attempt: number;
  readonly isLastAttempt: boolean;
  /** Aborted when the job's lock was lost, its deadline passed, or the process must stop now. */
  readonly signal: AbortSignal;
  progress(progress: JobProgress): Promise<void>;
}

/** `later`: put back for this long; does not count as an attempt. */
export type JobOutcome = { readonly kind: 'done' } | { readonly kind: 'later'; readonly delayMs: number };
/** Throws PermanentFailure (never tried again) or anything else (tried again with backoff). */
export type JobHandler = (payload: unknown, context: JobContext) => Promise<JobOutcome>;

export interface JobEvent {
  readonly queue: QueueName;
  readonly jobId: string;
  readonly kind: 'active' | 'progress' | 'completed' | 'failed';
  readonly progress?: JobProgress;
}

interface QueueCounts {
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
  readonly failed: number;
  /** How long the oldest waiting job has waited; 0 when none waits. */
  readonly oldestWaitingSeconds: number;
}

export interface Consumer {
  /** Takes no new job, lets running ones finish for `graceMs`, then aborts their signals and hands them back. */
  close(graceMs: number): Promise<void>;
}

/** Hints what to do next. The bucket says what is true: losing everything in here loses nothing. */
export interface JobQueue {
  readonly description: string;
  /** Rejects within about two seconds when the queue cannot be reached. */
  add(job: JobRequest): Promise<void>;
  state(queue: QueueName, jobId: string): Promise<JobState>;
  progressOf(queue: QueueName, jobId: string): Promise<JobProgress | undefined>;
  consume(queue: QueueName, concurrency: number, handler: JobHandler): Promise<Consumer>;
  /** Events of jobs run by any process; returns how to stop listening. */
  watch(listener: (event: JobEvent) => void): Promise<() => Promise<void>>;
  counts(queue: QueueName): Promise<QueueCounts>;
  /** Throws when the queue cannot be reached, PermanentFailure('store-unsafe') when it would lose jobs (eviction). */
  check(): Promise<void>;
  close(): Promise<void>;
}

export interface ReceivedFile {
  readonly sha256: Sha256;
  readonly lengthBytes: number;
}

/** A folder for one attempt at one job; removed whatever happens. */
export interface WorkFolder {
  readonly path: string;
  file(name: string): string;
  /**
   * Writes a body to a file here, never holding it in memory. Throws PassingFailure when it breaks off, stalls
   * for a minute or the disk is full, and the signal's reason when aborted.
   */
  receive(name: string, body: Readable, signal: AbortSignal): Promise<ReceivedFile>;
  /** Removes one file, if it is there. */
  discard(name: string): Promise<void>;
  remove(): Promise<void>;
}

export interface WorkFolders {
  create(label: string): Promise<WorkFolder>;
}

/** What an MP3 says of itself. */
export interface EpisodeTags {
  readonly title: string;
  readonly artist: string;
  readonly album: string;
  /** ISO 8601. */
  readonly date: string;
  readonly comment: string;
  readonly coverJpeg: Uint8Array;
  readonly chapters: readonly (Chapter & { readonly imageJpeg?: Uint8Array })[];
  readonly durationSeconds: number;
  /** Of the passport that is published beside it. */
  readonly passportSeal?: Sha256;
}

/** Writes `masterPath` with tags before it to `outputPath`. Equal input gives equal bytes. */
export type TagWriter = (
  masterPath: string,
  outputPath: string,
  tags: EpisodeTags,
) => Promise<{ readonly sha256: Sha256; readonly lengthBytes: number }>;

/** A square JPEG as directories want it, from whatever was given; a generated one where that is no usable image. */
export type CoverMaker = (
  image: Uint8Array | undefined,
  fallback: { readonly title: string; readonly seed: string },
  /** Further sizes of it; those that it does not reach are left out. */
  smallerPx?: readonly number[],
) => Promise<{
  readonly jpeg: Uint8Array;
  readonly sizePx: number;
  readonly smaller?: readonly { readonly jpeg: Uint8Array; readonly sizePx: number }[];
  readonly generated: boolean;
  readonly warnings: readonly Notice[];
}>;

/** A message of ours to somebody else's server. */
interface OutgoingPost {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The operator named this very address: it may be local, and without TLS. */
  readonly isOperators: boolean;
  readonly signal: AbortSignal;
}

/** `words` tell what came of it, without anything secret that the address may hold. */
export interface PostAnswer {
  readonly words: string;
  /** Absent where no answer came. */
  readonly status?: number;
  /** As the answer asked for it. */
  readonly retryAfterSeconds?: number;
}

/** Bounded in time and size; never goes where it must not. Throws only the signal's reason. */
export type Post = (post: OutgoingPost) => Promise<PostAnswer>;

/** A small JPEG of a picture in its own shape, or why there is none, in words for its giver. */
export type ChapterImageMaker = (
  image: Uint8Array,
) => Promise<{ readonly jpeg: Uint8Array } | { readonly problem: string }>;

export interface Clock {
  now(): Date;
}

export interface Log {
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
  error(fields: Record<string, unknown>, message: string): void;
}
