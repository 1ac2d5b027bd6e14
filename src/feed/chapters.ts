/** Chapters from one source, in every form that podcast apps read. */
import { Buffer } from 'node:buffer';
import type { Chapter, Manifest } from '../domain/episode.ts';
import { TITLE_MAX_BYTES, webAddress } from '../domain/room.ts';
import { feedLine } from './feed-text.ts';

type Chaptered = Pick<
  Manifest,
  'title' | 'startedAt' | 'endedAt' | 'chapters' | 'markers' | 'edit' | 'audio' | 'externalAudio' | 'master'
>;

/** Nearer to the start than this, a first chapter is the start: nobody means a chapter of half a second. */
const START_TOLERANCE_SECONDS = 1;

const secondsBetween = (from: string, to: string) => (Date.parse(to) - Date.parse(from)) / 1000;
const wholeMilliseconds = (seconds: number) => Math.round(seconds * 1000) / 1000;

function durationSeconds(episode: Chaptered): number {
  const { trimStartSeconds = 0, trimEndSeconds = 0 } = episode.edit;
  return (
    episode.master?.durationSeconds ??
    episode.audio?.durationSeconds ??
    episode.externalAudio?.durationSeconds ??
    Math.max(0, secondsBetween(episode.startedAt, episode.endedAt) - trimStartSeconds - trimEndSeconds)
  );
}

function fromMarkers(episode: Chaptered): Chapter[] {
  const trimSeconds = episode.edit.trimStartSeconds ?? 0;
  return episode.markers.map((marker) => ({
    startSeconds: secondsBetween(episode.startedAt, marker.at) - trimSeconds,
    title: marker.title,
    ...(marker.url !== undefined && { url: marker.url }),
  }));
}

/**
 * The chapters of the finished audio, in seconds of it, ascending, each at another millisecond: what the creator set,
 * else the room's markers. What lies at or beyond the end is dropped. Apps want the first chapter at 0, so:
 * - of several that begin before 0 (in what was trimmed), the last is the one being spoken of at 0 and begins there;
 * - a first chapter within the first second begins at 0;
 * - otherwise a chapter with the episode's title is put before it, as moving the creator's mark would misplace it.
 */
export function chaptersOf(episode: Chaptered): Chapter[] {
  const end = durationSeconds(episode);
  const given: readonly Chapter[] = episode.chapters ?? episode.master?.chapters ?? fromMarkers(episode);
  const byStart = new Map<number, Chapter>();
  for (const chapter of given.toSorted((a, b) => a.startSeconds - b.startSeconds)) {
    const startSeconds = wholeMilliseconds(Math.max(0, chapter.startSeconds));
    if (startSeconds < end) byStart.set(startSeconds, { ...chapter, startSeconds });
  }
  const [first, ...rest] = byStart.values();
  if (first === undefined) return [];
  if (first.startSeconds < START_TOLERANCE_SECONDS) return [{ ...first, startSeconds: 0 }, ...rest];
  return [{ startSeconds: 0, title: episode.title }, first, ...rest];
}

export interface PublicChapter {
  readonly startSeconds: number;
  readonly title: string;
  readonly url?: string;
  readonly imageUrl?: string;
}

/** With titles fit for a feed, links that are web addresses only, and pictures where `urlOf` gives their address. */
export function publicChapters(chapters: readonly Chapter[], urlOf?: (key: string) => string): PublicChapter[] {
  return chapters.map(({ startSeconds, title, url, imageFile }) => {
    const address = url === undefined ? undefined : webAddress(url);
    return {
      startSeconds,
      title: feedLine(title, TITLE_MAX_BYTES),
      ...(address && { url: address.href }),
      ...(imageFile !== undefined && urlOf && { imageUrl: urlOf(imageFile) }),
    };
  });
}

/** The body of a `podcast:chapters` file: JSON Chapters 1.2 of the Podcasting 2.0 namespace. */
export function chaptersJson(chapters: readonly Chapter[], urlOf?: (key: string) => string): string {
  const list = publicChapters(chapters, urlOf).map(({ startSeconds, title, url, imageUrl }) => ({
    startTime: startSeconds,
    title,
    ...(imageUrl !== undefined && { img: imageUrl }),
    ...(url !== undefined && { url }),
  }));
  return `${JSON.stringify({ version: '1.2.0', chapters: list }, null, 2)}\n`;
}

const twoDigits = (value: number) => String(value).padStart(2, '0');

/** HH:MM:SS, fractions cut: a listener who taps it hears the chapter from its start, never from after it. */
function timestamp(seconds: number): string {
  const whole = Math.floor(seconds);
  return [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60].map(twoDigits).join(':');
}

/** Normal Play Time with milliseconds, as Podlove Simple Chapters write it. */
export function pscStart(seconds: number): string {
  const milliseconds = Math.round(seconds * 1000);
  return `${timestamp(Math.floor(milliseconds / 1000))}.${String(milliseconds % 1000).padStart(3, '0')}`;
}

const TIMESTAMP_LINE = /^\s*\(?\d{1,2}:\d{2}(:\d{2})?\)?\s/gm;
/** Spotify and YouTube take a list for chapters only from three on. */
const LEAST_TIMESTAMPS = 3;

/** `00:00:00 Title`, a line a chapter; empty with fewer than three, or where the description lists its own. */
export function timestampLines(chapters: readonly PublicChapter[], description: string): string[] {
  if (chapters.length < LEAST_TIMESTAMPS) return [];
  if ((description.match(TIMESTAMP_LINE)?.length ?? 0) >= LEAST_TIMESTAMPS) return [];
  return chapters.map(({ startSeconds, title }) => `${timestamp(startSeconds)} ${title}`);
}

/** The first lines that fit into `maxBytes` of UTF-8 together. */
export function linesWithin(lines: readonly string[], maxBytes: number): string[] {
  let bytes = 0;
  const firstTooMany = lines.findIndex((line) => {
    bytes += Buffer.byteLength(line) + 1;
    return bytes > maxBytes;
  });
  return firstTooMany === -1 ? [...lines] : lines.slice(0, firstTooMany);
}
