/** The way by which sound that ffmpeg writes reaches us while it writes. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, constants, openSync, rmSync } from 'node:fs';
import { type ConnectOpts, Socket, type SocketConstructorOpts } from 'node:net';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { promisify } from 'node:util';

/** Bytes in pieces of any size, valid until it returns. Must not throw. */
export type Taker = (bytes: Buffer) => void;

export interface Outlet {
  /** Where ffmpeg is to write: the name of a file in the folder it runs in, or a stream for its standard output. */
  readonly target: string | Writable;
  /** Once ffmpeg has ended: resolves when all that it wrote was taken. */
  drained(): Promise<void>;
  /** To be called in the end, whatever happened. */
  close(): void;
}

/** What a pipe of Linux holds. */
const READ_BYTES = 64 * 1024;
const run = promisify(execFile);

/**
 * A named pipe in `folder`, read into one buffer again and again. Node reads a child's standard output into a new buffer
 * each time, which for the sound of a room costs a twentieth of the whole render in collecting them; it is what is left
 * where there are no named pipes (on Windows, on some mounted folders), and where `mayWait` is false: a program that
 * comes to a pipe whose reader is gone already waits there for ever, unless something ends it.
 */
export async function openOutlet(folder: string, take: Taker, mayWait: boolean): Promise<Outlet> {
  if (!mayWait) return standardOutput(take);
  const name = `${randomUUID()}.pipe`;
  return run('mkfifo', ['-m', '600', join(folder, name)]).then(
    () => namedPipe(folder, name, take),
    () => standardOutput(take),
  );
}

function namedPipe(folder: string, name: string, take: Taker): Outlet {
  const path = join(folder, name);
  const reading = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  // Held as long as ffmpeg may come: a pipe that nobody writes to is at its end.
  let writing: number | undefined = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  const leave = () => {
    if (writing !== undefined) closeSync(writing);
    writing = undefined;
  };
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  const callback = (length: number) => {
    take(buffer.subarray(0, length));
    return true;
  };
  const options: SocketConstructorOpts & ConnectOpts = { fd: reading, writable: false, onread: { buffer, callback } };
  const socket = new Socket(options);
  const ended = new Promise<void>((resolve, reject) => socket.once('end', resolve).once('error', reject));
  ended.catch(() => undefined);
  socket.resume();
  return {
    target: name,
    drained: () => {
      leave();
      return ended;
    },
    close: () => {
      leave();
      socket.destroy();
      rmSync(path, { force: true });
    },
  };
}

/** Never emits `close`: fluent-ffmpeg would take that for a reason to kill ffmpeg. */
function standardOutput(take: Taker): Outlet {
  const stream = new Writable({
    emitClose: false,
    autoDestroy: false,
    highWaterMark: 1024 * 1024,
    write(chunk: Buffer, _encoding, done) {
      take(chunk);
      done();
    },
  });
  // ffmpeg may be gone before the last of what it wrote was taken.
  const finished = new Promise<void>((resolve) => stream.once('finish', resolve));
  return { target: stream, drained: () => finished, close: () => {} };
}
