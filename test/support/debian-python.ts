/** Debian's Python with the parsers that podcast apps use, none of them written here. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { absenceFails } from './programs.ts';

const PYTHON = '/usr/bin/python3';
const PACKAGES = 'python3-podcastparser python3-feedparser python3-mutagen';

function canImport(): boolean {
  if (!existsSync(PYTHON)) return false;
  try {
    execFileSync(PYTHON, ['-c', 'import podcastparser, feedparser, mutagen'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

export const hasPythonParsers = canImport();
if (!hasPythonParsers) {
  if (absenceFails) throw new Error(`CI is set, so Python's parsers must be there: apt-get install ${PACKAGES}`);
  console.warn(`Left out: reading feeds and tags with Python's parsers. To run them: apt-get install ${PACKAGES}`);
}

function run(script: string, args: readonly string[], input: string): unknown {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const output = execFileSync(PYTHON, [path, ...args], { input, maxBuffer: 256 * 1024 ** 2, timeout: 60_000 });
  return JSON.parse(output.toString());
}

const Fields = z.record(z.string(), z.unknown());
const FeedReading = z.object({
  podcastparser: z.looseObject({ episodes: z.array(Fields) }),
  feedparser: z.object({ bozo: z.boolean(), feed: Fields, entries: z.array(Fields) }),
});

export function readFeedWithPython(xml: string): z.infer<typeof FeedReading> {
  return FeedReading.parse(run('read_feed.py', [], xml));
}

export function readTableWithPython(databasePath: string, table: string): z.infer<typeof Fields>[] {
  return z.array(Fields).parse(run('read_sqlite.py', [databasePath, table], ''));
}

const TagReading = z.object({
  version: z.array(z.number()),
  durationSeconds: z.number(),
  texts: z.record(z.string(), z.array(z.string())),
  comments: z.array(z.string()),
  covers: z.array(z.object({ mime: z.string(), type: z.number(), sha256: z.string() })),
  chapters: z.array(
    z.object({
      id: z.string(),
      startMs: z.number(),
      endMs: z.number(),
      title: z.string(),
      url: z.string().nullable(),
      images: z.array(z.object({ mime: z.string(), sha256: z.string() })),
    }),
  ),
  contents: z.array(z.object({ flags: z.number(), children: z.array(z.string()) })),
});

export function readTagsWithPython(mp3Path: string): z.infer<typeof TagReading> {
  return TagReading.parse(run('read_tags.py', [mp3Path], ''));
}

const HeaderReading = z.object({
  durationSeconds: z.number(),
  bitrate: z.number(),
  bitrateMode: z.string(),
  encoder: z.string(),
  channels: z.number(),
  trackGain: z.number().nullable(),
  isGuessed: z.boolean(),
});

export function readMp3HeaderWithPython(mp3Path: string): z.infer<typeof HeaderReading> {
  return HeaderReading.parse(run('read_mp3_header.py', [mp3Path], ''));
}
