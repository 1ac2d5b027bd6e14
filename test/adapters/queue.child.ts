/** A process for a test to kill: adds jobs, or takes one and never ends it. Prints one line for each thing done. */
import { openPlace, type QueueKind, recordingLog } from './queue-place.ts';

const [kind = 'embedded', at = '', task = ''] = process.argv.slice(2);
const queue = await openPlace({ kind: kind as QueueKind, at }, recordingLog());

if (task === 'hold') {
  await queue.consume('render', 1, async (_payload, { jobId }) => {
    console.log(`holding ${jobId}`);
    await new Promise<never>(() => setInterval(() => undefined, 1000));
    return { kind: 'done' };
  });
} else {
  for (let number = 0; ; number++) {
    await queue.add({ queue: 'publish', jobId: `publish-${number}-x`, payload: { number } });
    console.log(`added ${number}`);
  }
}
