/**
 * A process whose sound thread listens to a track, to be killed by a test: node sound-parent.ts <folder> <ffmpeg>.
 */
import { createLauncher } from '../../src/adapters/ffmpeg/ffmpeg-launcher.ts';
import { ThreadPool } from '../../src/adapters/sound/thread-pool.ts';
import { listenTask, slowFfmpeg } from './sound-tasks.ts';

const [folder = '', ffmpegPath = ''] = process.argv.slice(2);
const { program } = await createLauncher(ffmpegPath);
const task = listenTask(slowFfmpeg(program, folder), 'track.flac', 'new.lane');
await new ThreadPool(1).run(task, { signal: new AbortController().signal });
