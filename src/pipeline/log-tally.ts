/** Reads one log line by line: which format it has, how many of its lines count, which could not be read. */
import { messageOf } from '../domain/failure.ts';
import { type LineReader, type LogRequest, unreadable } from '../downloads/access-log.ts';
import { formatOf, LOG_FORMATS } from '../downloads/log-formats.ts';

/** `undefined` in place of a line that is longer than any log's. */
export interface LogSource {
  readonly name: string;
  readonly lines: () => AsyncIterable<string | undefined>;
}

export interface ImportedFile {
  readonly file: string;
  readonly format?: string;
  readonly lines: number;
  /** Requests for audio of ours. */
  readonly requests: number;
  /** Of those: lines that an earlier import counted. */
  readonly alreadyCounted: number;
  /** Of those: why they are no part of a download, and how many. */
  readonly leftOut: Readonly<Record<string, number>>;
  readonly unreadable: number;
  /** The first of them, by line number; never their text, which holds an address. */
  readonly unreadableLines: readonly { readonly line: number; readonly why: string }[];
  /** Nothing of this file was counted. */
  readonly error?: string;
}

const NAMED_LINES = 5;
/** A log in none of the formats is refused after this many lines. */
const LINES_TO_RECOGNISE = 20;

/** The log itself is at fault, not the store. */
export class LogProblem extends Error {}

/** Throws LogProblem where the log cannot be read. */
export async function* linesOfLog({ lines }: LogSource): AsyncGenerator<string | undefined> {
  const iterator = lines()[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await iterator.next().catch((error: unknown) => {
        throw new LogProblem(messageOf(error), { cause: error });
      });
      if (next.done) return;
      yield next.value;
    }
  } finally {
    await iterator.return?.();
  }
}

/** Counts the lines of one log, and finds out which format they have. */
export class LogTally {
  requests = 0;
  readonly #file: string;
  readonly #leftOut = new Map<string, number>();
  readonly #unreadableLines: { line: number; why: string }[] = [];
  #unreadable = 0;
  #lines = 0;
  #format: string | undefined;
  #reader: LineReader | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  read(text: string | undefined): { readonly request?: LogRequest } {
    this.#lines++;
    if (text !== undefined && !this.#reader) this.#recognise(text);
    const line =
      text === undefined
        ? unreadable('it is longer than 64 KiB')
        : (this.#reader?.(text) ?? unreadable('it is no log'));
    if (line.kind === 'unreadable') this.fault(line.why);
    return line.kind === 'request' ? { request: line.request } : {};
  }

  fault(why: string): void {
    this.#unreadable++;
    if (this.#unreadableLines.length < NAMED_LINES) this.#unreadableLines.push({ line: this.#lines, why });
  }

  leaveOut(why: string): void {
    this.#leftOut.set(why, (this.#leftOut.get(why) ?? 0) + 1);
  }

  finish(): void {
    if (!this.#reader && this.#lines > 0) throw this.#unknown();
  }

  report(alreadyCounted: number): ImportedFile {
    return {
      file: this.#file,
      ...(this.#format === undefined ? {} : { format: this.#format }),
      lines: this.#lines,
      requests: this.requests,
      alreadyCounted,
      leftOut: Object.fromEntries(this.#leftOut),
      unreadable: this.#unreadable,
      unreadableLines: this.#unreadableLines,
    };
  }

  failed(error: string): ImportedFile {
    return { ...this.report(0), error };
  }

  #recognise(text: string): void {
    const format = formatOf(text);
    this.#format = format?.name;
    this.#reader = format?.open();
    if (!format && this.#lines >= LINES_TO_RECOGNISE) throw this.#unknown();
  }

  #unknown(): LogProblem {
    const names = LOG_FORMATS.map(({ name }) => name).join(', ');
    return new LogProblem(`${this.#file} is in none of the formats that are known here: ${names}`);
  }
}
