/** Requests that no well-behaved client sends: bytes on a socket, and whatever comes back until the other side ends. */
import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  /** Of the first answer; 0 when there was none. */
  readonly status: number;
  readonly text: string;
}

const PATIENCE_MS = 20_000;

/** `talk` writes to the socket as it likes; resolves when the server has ended the connection, or `isEnough`. */
export function rawRequest(
  port: number,
  talk: (socket: Socket) => void,
  isEnough: (text: string) => boolean = (text) => text.includes('\r\n\r\n'),
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true }, () => talk(socket));
    const finish = () => {
      clearTimeout(late);
      socket.destroy();
      resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0), text });
    };
    const late = setTimeout(() => {
      socket.destroy();
      reject(new Error(`no answer on port ${port}; so far: ${text}`));
    }, PATIENCE_MS);
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (isEnough(text)) finish();
    });
    socket.on('end', finish);
    // A server that is done with a request may reset the connection while the client still sends.
    socket.on('error', finish);
  });
}

export function requestHead(method: string, path: string, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries({ host: '127.0.0.1', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
}
