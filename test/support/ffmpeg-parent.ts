/** A process that runs ffmpeg for half a minute in the folder it is given, to be killed by a test: node ffmpeg-parent.ts <folder> <ffmpeg> */
import { runFfmpeg } from '../../src/adapters/ffmpeg.ts';
import { createLauncher } from '../../src/adapters/ffmpeg-launcher.ts';
import { slowPlan } from './slow-plan.ts';

const [folder = '', ffmpegPath = ''] = process.argv.slice(2);
const { program } = await createLauncher(ffmpegPath);
await runFfmpeg(program, slowPlan(), { folder, signal: new AbortController().signal, timeoutSeconds: 60 });
