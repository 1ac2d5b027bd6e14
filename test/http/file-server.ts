/** Public files on a real server on loopback, asked by a client that sends paths and headers untouched. */
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { Hono } from 'hono';
import { type PublicFilesOptions, publicFiles } from '../../src/http/files.ts';
import { listen } from '../../src/http/server.ts';

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface FileServer {
  readonly url: string;
  readonly port: number;
  /** Rejects when the connection breaks before the answer is whole. */
  ask(method: string, path: string, headers?: Record<string, string>): Promise<Answer>;
  close(): Promise<void>;
}

export async function serveFiles(options: PublicFilesOptions): Promise<FileServer> {
  const app = new Hono();
  app.route('/', publicFiles(options));
  const server = await listen(app, '127.0.0.1', 0);
  return {
    url: server.url,
    port: server.port,
    ask: (method, path, headers = {}) => ask(server.port, method, path, headers),
    close: () => server.close(0),
  };
}

function ask(port: number, method: string, path: string, headers: Record<string, string>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port, method, path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    request.on('error', reject);
    request.end();
  });
}
