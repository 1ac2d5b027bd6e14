/** A line of a server's or CDN's log as a request for a file, whatever format it has. Pure; no error repeats a line, which holds an address. */

export interface LogRequest {
  readonly at: Date;
  readonly address: string;
  readonly method: string;
  /** Decoded, without its query. */
  readonly path: string;
  readonly status: number;
  readonly sentBytes: number;
  readonly userAgent: string;
  /** Where the answer began; undefined where the log does not tell. */
  readonly fromByte?: number;
}

export type LogLine =
  | { readonly kind: 'request'; readonly request: LogRequest }
  /** Comments, empty lines, and what is no request for an object. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'unreadable'; readonly why: string };

export const NOTHING: LogLine = { kind: 'nothing' };
export const unreadable = (why: string): LogLine => ({ kind: 'unreadable', why });

/** Reads one line after the other; may remember what an earlier one said of the format. */
export type LineReader = (line: string) => LogLine;

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `22/Nov/2026:19:30:00 +0100`; undefined when it is no moment. */
export function timeOfLog(text: string): Date | undefined {
  const match = /^(\d\d)\/([A-Z][a-z]{2})\/(\d{4}):(\d\d:\d\d:\d\d) ([+-]\d\d)(\d\d)$/.exec(text);
  const month = MONTHS.indexOf(match?.[2] ?? '') + 1;
  if (!match || month === 0) return undefined;
  const [, day, , year, time, hours, minutes] = match;
  const at = new Date(`${year}-${String(month).padStart(2, '0')}-${day}T${time}${hours}:${minutes}`);
  return Number.isNaN(at.getTime()) ? undefined : at;
}

/** What stands between quotes: `\"`, `\\` and `\x22` as they were. */
export function unquoted(text: string): string {
  return text
    .replace(/\\x([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replace(/\\(["\\])/g, '$1');
}

/** The same text where it holds no valid encoding. */
export function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** `GET /path?query HTTP/1.1`, also with a whole address in place of the path. */
export function partsOfRequestLine(text: string): { readonly method: string; readonly path: string } | undefined {
  const match = /^([A-Z]+) (\S+)(?: HTTP\/[\d.]+)?$/.exec(text);
  if (!match) return undefined;
  const path = (match[2] ?? '').replace(/^https?:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '');
  return { method: match[1] ?? '', path: percentDecoded(path) };
}
