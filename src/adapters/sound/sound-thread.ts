/** The entry of a sound thread: takes one task at a time, and tells what came of it. */
import { parentPort } from 'node:worker_threads';
import { compareTask } from './compare-task.ts';
import { crossing } from './crossed-error.ts';
import { encodeTask } from './encode-task.ts';
import { listenTask } from './listen-task.ts';
import { measureTask } from './measure-task.ts';
import { rehearseTask } from './rehearse-task.ts';
import { sliceTask } from './slice-task.ts';
import { stemTask } from './stem-task.ts';
import type { AnswerOf, FromThread, SoundTask, ToThread } from './thread-messages.ts';

const port = parentPort;
if (port === null) throw new Error('a sound thread is started by the thread pool');
const PROGRESS_EVERY_MS = 200;
let running: AbortController | undefined;

port.on('message', (message: ToThread) => {
  if ('abort' in message) running?.abort(new Error('told to stop'));
  else void perform(message.run);
});

async function perform(task: SoundTask): Promise<void> {
  running = new AbortController();
  const { signal } = running;
  try {
    say({ answer: await answerTo(task, signal, progressTeller()) });
  } catch (error) {
    say({ failed: crossing(error) });
  } finally {
    running = undefined;
  }
}

/** Progress is for people: pieces of half a second, told one by one, would keep both threads busy with telling. */
function progressTeller(): (seconds: number) => void {
  let toldMs = Number.NEGATIVE_INFINITY;
  return (seconds) => {
    const nowMs = performance.now();
    if (nowMs - toldMs < PROGRESS_EVERY_MS) return;
    toldMs = nowMs;
    say({ progress: seconds });
  };
}

function say(message: FromThread): void {
  port?.postMessage(message);
}

function answerTo(
  task: SoundTask,
  signal: AbortSignal,
  onProgress: (seconds: number) => void,
): Promise<AnswerOf[keyof AnswerOf]> {
  switch (task.kind) {
    case 'listen':
      return listenTask(task, signal, onProgress);
    case 'rehearse':
      return rehearseTask(task, signal);
    case 'encode':
      return encodeTask(task, signal, onProgress);
    case 'slice':
      return sliceTask(task, signal, onProgress);
    case 'stem':
      return stemTask(task, signal, onProgress);
    case 'measure':
      return measureTask(task, signal, onProgress);
    case 'compare':
      return compareTask(task, signal);
  }
}
