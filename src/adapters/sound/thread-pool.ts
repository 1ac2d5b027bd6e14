/** Threads in which sound is listened to and mixed, so that the process keeps answering and every core is used. */
import { Worker } from 'node:worker_threads';
import { PassingFailure } from '../../domain/failure.ts';
import { crossed } from './crossed-error.ts';
import type { AnswerOf, FromThread, SoundTask, ToThread } from './thread-messages.ts';

export interface TaskRun {
  readonly signal: AbortSignal;
  /** How far the task is, in seconds of sound. */
  onProgress?(seconds: number): void;
}

interface Waiting {
  readonly start: (thread: Thread) => void;
  readonly fail: (error: Error) => void;
}

/** A task that was told to stop must do so within this, or its thread is ended. */
const STOP_GRACE_MS = 5_000;
const IDLE_MS = 30_000;

export class ThreadPool {
  readonly size: number;
  readonly #idle: Thread[] = [];
  readonly #all = new Set<Thread>();
  readonly #waiting: Waiting[] = [];
  #closed = false;

  constructor(size: number) {
    this.size = size;
  }

  /** Throws what the task throws, the signal's reason when aborted, PassingFailure when its thread died. */
  async run<T extends SoundTask>(task: T, run: TaskRun): Promise<AnswerOf[T['kind']]> {
    run.signal.throwIfAborted();
    const thread = await this.#take(run.signal);
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

  #take(signal: AbortSignal): Promise<Thread> {
    if (this.#closed) return Promise.reject(new Error('the sound threads were closed'));
    const idle = this.#idle.pop();
    if (idle) return Promise.resolve(idle);
    if (this.#all.size < this.size) return Promise.resolve(this.#begin());
    return new Promise((resolve, reject) => {
      const leave = () => {
        const at = this.#waiting.indexOf(waiting);
        if (at >= 0) this.#waiting.splice(at, 1);
        reject(signal.reason);
      };
      const waiting: Waiting = {
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
      this.#waiting.push(waiting);
    });
  }

  #begin(): Thread {
    const thread = new Thread(() => {
      this.#all.delete(thread);
      const at = this.#idle.indexOf(thread);
      if (at >= 0) this.#idle.splice(at, 1);
    });
    this.#all.add(thread);
    return thread;
  }

  #release(thread: Thread): void {
    const next = this.#waiting.shift();
    if (thread.isAlive) {
      if (next) next.start(thread);
      else {
        this.#idle.push(thread);
        thread.endAfter(IDLE_MS);
      }
    } else if (next) {
      this.#all.delete(thread);
      next.start(this.#begin());
    }
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
  #running: Running | undefined;
  #idleTimer: NodeJS.Timeout | undefined;

  constructor(onEnd: () => void) {
    this.#worker = startWorker();
    this.#worker.unref();
    this.#worker.on('message', (message: FromThread) => this.#hear(message));
    let why = 'it ended';
    this.#worker.on('error', (error: unknown) => {
      why = error instanceof Error ? error.message : String(error);
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
      graceTimer = setTimeout(() => void this.#worker.terminate(), STOP_GRACE_MS);
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

  endAfter(milliseconds: number): void {
    this.#idleTimer = setTimeout(() => void this.end(), milliseconds).unref();
  }

  async end(): Promise<void> {
    clearTimeout(this.#idleTimer);
    this.isAlive = false;
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

/** Run from source, a thread must first learn to read TypeScript: Node gives it no loader of its parent's. */
function startWorker(): Worker {
  const isSource = import.meta.url.endsWith('.ts');
  if (!isSource) return new Worker(new URL('./sound-thread.js', import.meta.url));
  const loader = JSON.stringify(import.meta.resolve('tsx/esm/api'));
  const entry = JSON.stringify(new URL('./sound-thread.ts', import.meta.url).href);
  const code = `import(${loader}).then(({ register }) => { register(); return import(${entry}); })`;
  return new Worker(code, { eval: true, execArgv: [] });
}
