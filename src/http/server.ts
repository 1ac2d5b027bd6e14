/** Listens: with limits on what a client may send and how slowly. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';

/** Bodies that are no uploads have a shorter limit of their own. */
const UPLOAD_TIMEOUT_MS = 130_000;

export interface RunningServer {
  /** Where it listens, like http://127.0.0.1:4400. */
  readonly url: string;
  readonly port: number;
  /** Takes no new connection, lets requests end for `graceMs`, then ends them. */
  close(graceMs: number): Promise<void>;
}

/** Throws a message for people when the port is taken. */
export async function listen(app: Hono, host: string, port: number): Promise<RunningServer> {
  const server = createServer(
    {
      connectionsCheckingInterval: 1_000,
      headersTimeout: 5_000,
      requestTimeout: UPLOAD_TIMEOUT_MS,
      keepAliveTimeout: 5_000,
      maxHeaderSize: 8_192,
    },
    getRequestListener(app.fetch, { overrideGlobalObjects: false }),
  );
  server.maxRequestsPerSocket = 1_000;
  await started(server, host, port);
  const address = server.address() as AddressInfo;
  const shownHost = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return {
    url: `http://${shownHost}:${address.port}`,
    port: address.port,
    close: (graceMs) => ended(server, graceMs),
  };
}

function started(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const isTaken = error.code === 'EADDRINUSE';
      reject(
        isTaken
          ? new Error(`Port ${port} on ${host} is taken: stop what listens there, or set AFTERSHOW_PORT to another`, {
              cause: error,
            })
          : error,
      );
    });
    server.listen(port, host, resolve);
  });
}

function ended(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const force = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(force);
      resolve();
    });
    server.closeIdleConnections();
  });
}
