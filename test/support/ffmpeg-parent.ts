/**
 * A process that runs ffmpeg in the folder it is given, to be killed or sent signals by a test:
 * node ffmpeg-parent.ts <folder> <ffmpeg>. It goes on after SIGINT and SIGTERM, as a worker does that lets its jobs
 * finish, and says on stdout what it got and how ffmpeg ended.
 */
import { runFfmpeg } from '../../src/adapters/ffmpeg/ffmpeg.ts';
import { createLauncher } from '../../src/adapters/ffmpeg/ffmpeg-launcher.ts';
import { slowPlan } from './slow-plan.ts';

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => console.log(`got ${signal}`));
const [folder = '', ffmpegPath = ''] = process.argv.slice(2);
const { program } = await createLauncher(ffmpegPath);
const run = { folder, signal: new AbortController().signal, timeoutSeconds: 60 };
await runFfmpeg(program, slowPlan(), run).then(
  () => console.log('ended well'),
  (error: unknown) => console.log(String(error)),
);
