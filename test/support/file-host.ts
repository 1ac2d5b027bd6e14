/** A small file host on loopback that answers as a good one does, until it is told to be faulty. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

interface ServedFile {
  readonly bytes: Uint8Array;
  readonly type: string;
}
/** True when it has answered itself. */
export type Fault = (request: IncomingMessage, response: ServerResponse, file: ServedFile) => boolean;

export interface FileHost {
  readonly url: string;
  /** By path. */
  readonly files: Map<string, ServedFile>;
  /** By path: asked before the file is served. */
  readonly faults: Map<string, Fault>;
  close(): Promise<void>;
}

/** GET and HEAD with ETag, 304 and one range, as a plain file host has them. */
function answer(
  request: IncomingMessage,
  response: ServerResponse,
  files: ReadonlyMap<string, ServedFile>,
  faults: ReadonlyMap<string, Fault>,
): void {
  const path = request.url ?? '';
  const file = files.get(path);
  if (!file) {
    response.writeHead(404).end();
    return;
  }
  if (faults.get(path)?.(request, response, file)) return;
  const etag = `"${createHash('sha256').update(file.bytes).digest('hex').slice(0, 16)}"`;
  const head = { ETag: etag, 'Content-Type': file.type, 'Accept-Ranges': 'bytes' };
  if (request.headers['if-none-match'] === etag) {
    response.writeHead(304, head).end();
    return;
  }
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
  const range = first !== undefined && last !== undefined;
  const part = range ? file.bytes.subarray(Number(first), Number(last) + 1) : file.bytes;
  const total = file.bytes.length;
  response.writeHead(range ? 206 : 200, {
    ...head,
    'Content-Length': part.length,
    ...(range && { 'Content-Range': `bytes ${first}-${last}/${total}` }),
  });
  response.end(request.method === 'HEAD' ? undefined : part);
}

export async function startFileHost(): Promise<FileHost> {
  const files = new Map<string, ServedFile>();
  const faults = new Map<string, Fault>();
  const server = createServer((request, response) => answer(request, response, files, faults));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('listening on port 0 gave no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    files,
    faults,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
