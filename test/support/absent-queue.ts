/** A queue that cannot be reached: whoever works without one does all itself. */
import type { JobQueue } from '../../src/pipeline/ports.ts';

const away = async () => {
  throw new Error('there is no queue');
};

export const absentQueue: JobQueue = {
  description: 'no queue',
  add: away,
  state: away,
  progressOf: away,
  consume: away,
  watch: away,
  counts: away,
  check: away,
  close: async () => undefined,
};
