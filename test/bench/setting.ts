/** What all benchmarks share: an ffmpeg, cores, rooms, and our own program; and cleaning up, however it ends. */
import { chooseFfmpeg } from '../../src/adapters/ffmpeg/ffmpeg-choice.ts';
import type { Conversation, TrackKind } from './conversation.ts';
import { benchCores, endAllChildren } from './measured.ts';
import { compileOurs, OUR_NAME, type OurRun, runOurs } from './ours.ts';
import { type BuiltRoom, createRoomBuilder } from './rooms.ts';
import { decimal, table } from './tables.ts';
import { fixtureVoices, folderVoices } from './voices.ts';

export interface Setting {
  readonly ffmpegPath: string;
  readonly cores: readonly number[];
  /** Cores, ffmpeg and Node, voices: no more is said of a machine. */
  readonly description: string;
  build(conversation: Conversation, kind: TrackKind): Promise<BuiltRoom>;
  /** Says what is being done, to whoever waits. */
  say(what: string): void;
  ours<R>(
    label: string,
    room: BuiltRoom,
    cores: readonly number[],
    look: (master: string) => Promise<R>,
  ): Promise<OurRun<R>>;
  /** Where the time of every render of ours went. */
  profile(): string;
}

interface SettingOptions {
  readonly voices: string | undefined;
  readonly seed: number;
  readonly keepRooms: boolean;
}

/** Runs `work`, and removes what was built unless that is to be kept. */
export async function withSetting<T>(options: SettingOptions, work: (setting: Setting) => Promise<T>): Promise<T> {
  if (process.platform !== 'linux') throw new Error('the benchmarks read /proc and need taskset: run them on Linux');
  const askedFor = process.env['AFTERSHOW_FFMPEG'];
  const ffmpeg = await chooseFfmpeg(askedFor === undefined ? {} : { path: askedFor });
  const { voices: folder, seed, keepRooms } = options;
  const voices = folder === undefined ? fixtureVoices(ffmpeg.path) : folderVoices(folder, ffmpeg.path);
  const builder = createRoomBuilder(voices, seed, ffmpeg);
  const cleanUp = () => {
    endAllChildren();
    if (!keepRooms) builder.removeAll();
  };
  const interrupted = (signal: NodeJS.Signals) => {
    cleanUp();
    process.exit(signal === 'SIGINT' ? 130 : 143);
  };
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  const cores = benchCores();
  const say = (what: string) => console.error(what);
  say('compiling');
  const program = compileOurs();
  const profiles: string[][] = [];
  try {
    return await work({
      ffmpegPath: ffmpeg.path,
      cores,
      description: `${cores.length} ${cores.length === 1 ? 'core' : 'cores'}, ffmpeg ${ffmpeg.version}, Node ${process.versions.node}; voices: ${voices.description}`,
      say,
      build(conversation, kind) {
        const { minutes, speakers } = conversation;
        say(`building a room: ${minutes} min, ${speakers} speakers, tracks ${kind}`);
        return builder.build(conversation, kind);
      },
      async ours(label, room, onCores, look) {
        say(`${OUR_NAME}: ${label}`);
        const run = await runOurs(program, room, ffmpeg.path, onCores, look);
        const parts = run.report.stages.map(({ name, seconds }) => `${name} ${decimal(seconds)} s`);
        profiles.push([label, decimal(run.report.renderSeconds), parts.join(', ')]);
        return run;
      },
      profile: () => table(['render', 'seconds', 'stages, by the progress it tells'], profiles),
    });
  } finally {
    cleanUp();
  }
}
