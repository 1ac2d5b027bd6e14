/** GET /api/events: what happens to episodes, as server-sent events. */
import { Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import type { Manifest } from '../domain/episode.ts';
import { messageOf } from '../domain/failure.ts';
import { readManifest } from '../pipeline/manifests.ts';
import type { JobEvent, JobQueue, Log, ObjectStore } from '../pipeline/ports.ts';
import { episodeOfJob } from '../pipeline/room-flow.ts';

interface EpisodeEvent {
  readonly showId: string;
  readonly episodeId: string;
  readonly status: string;
  readonly stage?: string;
  readonly progress?: number;
  readonly revision: number;
}

type Listener = (event: EpisodeEvent) => void;
const KEEP_ALIVE_MS = 15_000;

/** One look-out at the queue for all listeners, kept from the first on; and what is changed through this server's API. */
export class EpisodeEvents {
  readonly #bucket: ObjectStore;
  readonly #queue: JobQueue;
  readonly #log: Log;
  readonly #listeners = new Set<Listener>();
  #stop: Promise<() => Promise<void>> | undefined;

  constructor(bucket: ObjectStore, queue: JobQueue, log: Log) {
    this.#bucket = bucket;
    this.#queue = queue;
    this.#log = log;
  }

  /** Resolves once events flow; gives how to stop listening. */
  async listen(listener: Listener): Promise<() => void> {
    this.#listeners.add(listener);
    this.#stop ??= this.#queue.watch((event) => void this.#pass(event));
    await this.#stop;
    return () => this.#listeners.delete(listener);
  }

  /** What happens to an episode without any job: it was edited, withdrawn or erased here. */
  tell({ showId, id, status, revision }: Manifest): void {
    for (const listener of this.#listeners) listener({ showId, episodeId: id, status, revision });
  }

  async close(): Promise<void> {
    this.#listeners.clear();
    const stop = await this.#stop?.catch(() => undefined);
    await stop?.();
  }

  async #pass({ jobId, kind, progress }: JobEvent): Promise<void> {
    const episode = episodeOfJob(jobId);
    if (!episode || this.#listeners.size === 0) return;
    try {
      const manifest = (await readManifest(this.#bucket, episode.showId, episode.episodeId))?.value;
      if (!manifest) return;
      const { status, revision } = manifest;
      const at =
        kind === 'progress' && progress ? { stage: progress.stage, progress: Math.floor(progress.percent) } : {};
      for (const listener of this.#listeners) listener({ ...episode, status, ...at, revision });
    } catch (error) {
      this.#log.warn({ jobId, reason: messageOf(error) }, 'an event could not be told to those who listen');
    }
  }
}

export function eventStream(events: EpisodeEvents): Hono {
  const app = new Hono();
  app.get('/events', (c) =>
    streamSSE(c, async (stream) => {
      const ended = new Promise<void>((resolve) => stream.onAbort(resolve));
      const stop = await events.listen((event) => {
        void stream.writeSSE({ event: 'episode', data: JSON.stringify(event) });
      });
      const keepAlive = setInterval(() => void stream.write(': still here\n\n'), KEEP_ALIVE_MS);
      await stream.write(': listening\n\n');
      await ended;
      clearInterval(keepAlive);
      stop();
    }),
  );
  return app;
}
