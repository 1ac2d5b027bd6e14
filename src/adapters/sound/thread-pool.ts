/** Threads in which sound is listened to and mixed, so that the process keeps answering and every core is used. */
import { Worker, type WorkerOptions } from 'node:worker_threads';
import { messageOf, PassingFailure } from '../../domain/failure.ts';
import { crossed } from './crossed-error.ts';
import type { AnswerOf, FromThread, SoundTask, ToThread } from './thread-messages.ts';

export interface TaskRun {
  readonly signal: AbortSignal;
  /** Every other task that waits is begun before it. */
  readonly hasTime?: boolean;
  /** How far the task is, in seconds of sound. */
  onProgress?(seconds: number): void;
}

interface Waiting {
  readonly hasTime: boolean;
  readonly start: (thread: Thread) => void;
  readonly fail: (error: Error) => void;
}

interface Patience {
  /** A task that was told to stop must do so within this, or its thread is ended. */
  readonly stopGraceMs: number;
  /** A thread that had nothing to do for so long is ended. */
  readonly idleMs: number;
}

const PATIENCE: Patience = { stopGraceMs: 5_000, idleMs: 30_000 };

export class ThreadPool {
  readonly size: number;
  readonly #patience: Patience;
  readonly #idle: Thread[] = [];
  readonly #all = new Set<Thread>();
  readonly #waiting: Waiting[] = [];
  #closed = false;

  constructor(size: number, patience: Partial<Patience> = {}) {
    this.size = size;
    this.#patience = { ...PATIENCE, ...patience };
  }

  /** Throws what the task throws, the signal's reason when aborted, PassingFailure when its thread died or none could be started. */
  async run<T extends SoundTask>(task: T, run: TaskRun): Promise<AnswerOf[T['kind']]> {
    run.signal.throwIfAborted();
    const thread = await this.#take(run);
    try {
      return (await thread.run(task, run)) as AnswerOf[T['kind']];
    } finally {
      this.#release(thread);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const waiting of this.#waiting.splice(0)) waiting.fail(new Error('the sound threads were closed'));
    await Promise.all([...this.#all].map((thread) => thread.end()));
  }

  #take({ signal, hasTime = false }: TaskRun): Promise<Thread> {
    if (this.#closed) return Promise.reject(new Error('the sound threads were closed'));
    const thread = this.#free();
    if (thread) return Promise.resolve(thread);
    return new Promise((resolve, reject) => {
      const leave = () => {
        const at = this.#waiting.indexOf(waiting);
        if (at >= 0) this.#waiting.splice(at, 1);
        reject(signal.reason);
      };
      const waiting: Waiting = {
        hasTime,
        start: (thread) => {
          signal.removeEventListener('abort', leave);
          resolve(thread);
        },
        fail: (error) => {
          signal.removeEventListener('abort', leave);
          reject(error);
        },
      };
      signal.addEventListener('abort', leave, { once: true });
      const firstWithTime = hasTime ? -1 : this.#waiting.findIndex((other) => other.hasTime);
      this.#waiting.splice(firstWithTime < 0 ? this.#waiting.length : firstWithTime, 0, waiting);
    });
  }

  /** One that has nothing to do, or a new one; undefined when there are as many as there may be. */
  #free(): Thread | undefined {
    for (let idle = this.#idle.pop(); idle; idle = this.#idle.pop()) if (idle.isAlive) return idle;
    if (this.#all.size >= this.size) return undefined;
    const thread = newThread(this.#patience, () => {
      this.#all.delete(thread);
      this.#serve();
    });
    this.#all.add(thread);
    return thread;
  }

  #serve(): void {
    while (this.#waiting.length > 0) {
      try {
        const thread = this.#free();
        if (!thread) return;
        this.#waiting.shift()?.start(thread);
      } catch (error) {
        this.#waiting.shift()?.fail(error instanceof Error ? error : new Error(String(error)));
      }
    }
  }

  /** What ends of itself calls `#serve` once it has ended. */
  #release(thread: Thread): void {
    if (!thread.isAlive) return;
    this.#idle.push(thread);
    thread.endWhenIdle();
    this.#serve();
  }
}

/** Throws PassingFailure when the machine has no room for one more. */
function newThread(patience: Patience, onEnd: () => void): Thread {
  try {
    return new Thread(patience, onEnd);
  } catch (error) {
    throw new PassingFailure('ffmpeg-thread-ended', `a sound thread could not be started: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

interface Running {
  readonly onProgress: ((seconds: number) => void) | undefined;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

class Thread {
  isAlive = true;
  readonly #worker: Worker;
  readonly #patience: Patience;
  #running: Running | undefined;
  #idleTimer: NodeJS.Timeout | undefined;

  constructor(patience: Patience, onEnd: () => void) {
    this.#patience = patience;
    this.#worker = startWorker();
    this.#worker.unref();
    this.#worker.on('message', (message: FromThread) => this.#hear(message));
    let why = 'it ended';
    this.#worker.on('error', (error: unknown) => {
      why = messageOf(error);
    });
    this.#worker.on('exit', () => {
      this.isAlive = false;
      onEnd();
      this.#running?.reject(new PassingFailure('ffmpeg-thread-ended', `a sound thread broke off: ${why}`));
    });
  }

  async run(task: SoundTask, { signal, onProgress }: TaskRun): Promise<unknown> {
    clearTimeout(this.#idleTimer);
    this.#worker.ref();
    let graceTimer: NodeJS.Timeout | undefined;
    const stop = () => {
      this.#say({ abort: true });
      graceTimer = setTimeout(() => void this.#worker.terminate(), this.#patience.stopGraceMs);
    };
    try {
      return await new Promise((resolve, reject) => {
        this.#running = { onProgress, resolve, reject };
        this.#say({ run: task });
        signal.addEventListener('abort', stop, { once: true });
        if (signal.aborted) stop();
      });
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      clearTimeout(graceTimer);
      signal.removeEventListener('abort', stop);
      this.#running = undefined;
      this.#worker.unref();
    }
  }

  endWhenIdle(): void {
    this.#idleTimer = setTimeout(() => void this.end(), this.#patience.idleMs).unref();
  }

  async end(): Promise<void> {
    clearTimeout(this.#idleTimer);
    this.isAlive = false;
    // Somebody may wait for its place.
    this.#worker.ref();
    await this.#worker.terminate();
  }

  #say(message: ToThread): void {
    this.#worker.postMessage(message);
  }

  #hear(message: FromThread): void {
    if ('progress' in message) this.#running?.onProgress?.(message.progress);
    else if ('answer' in message) this.#running?.resolve(message.answer);
    else this.#running?.reject(crossed(message.failed));
  }
}

/** Sound streams through in pieces that are soon garbage: swept less often, a render takes 4 % less CPU. */
const OPTIONS: WorkerOptions = {
  resourceLimits: { maxYoungGenerationSizeMb: 144 },
  // A pipe's descriptor is handed to a socket, which closes it: Node would close the number's next owner at a thread's end.
  trackUnmanagedFds: false,
};

/** Run from source, a thread must first learn to read TypeScript: Node gives it no loader of its parent's. */
function startWorker(): Worker {
  const isSource = import.meta.url.endsWith('.ts');
  if (!isSource) return new Worker(new URL('./sound-thread.js', import.meta.url), OPTIONS);
  const loader = JSON.stringify(import.meta.resolve('tsx/esm/api'));
  const entry = JSON.stringify(new URL('./sound-thread.ts', import.meta.url).href);
  const code = `import(${loader}).then(({ register }) => { register(); return import(${entry}); })`;
  return new Worker(code, { ...OPTIONS, eval: true, execArgv: [] });
}
