/** The real server in this process: real store, real queue, real workers where wanted, and nobody else's settings. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type Engine, openEngine } from '../../src/cli/engine.ts';
import { readSettings } from '../../src/config.ts';
import { createApp } from '../../src/http/app.ts';
import { EpisodeEvents } from '../../src/http/events.ts';
import type { OnServed } from '../../src/http/served-file.ts';
import { listen } from '../../src/http/server.ts';
import { startWorkers } from '../../workers/main.ts';
import { TEST_TOKEN } from './aftershow.ts';
import { startRedis, type TestServer } from './servers.ts';
import { makeTempFolder, removeFolder } from './temp-folder.ts';
import { TEST_SECRET } from './webhook.ts';

/** What the public links of a test server begin with, wherever it really listens. */
export const PUBLIC_URL = 'https://podcasts.example.org';

interface TestAppOptions {
  readonly secrets?: readonly string[];
  readonly bodyTimeoutMs?: number;
  readonly workers?: boolean;
  readonly onServed?: OnServed;
  /** Where its objects lie instead of a folder of its own; what S3 needs must be in the environment. */
  readonly storageUrl?: string;
  /** A Redis of the test's own; otherwise one for this server, or the embedded queue where no Redis is installed. */
  readonly queueUrl?: string;
  /** Takes the place of parts of the engine: a dead store, a clock that is set by hand. */
  readonly replace?: (engine: Engine) => Partial<Engine>;
}

export interface TestApp {
  readonly url: string;
  readonly port: number;
  readonly engine: Engine;
  /** Where the folder store keeps what is in the bucket. */
  readonly objects: string;
  /** Lines of the log as JSON. */
  readonly log: readonly string[];
  /** Every key in the bucket but the store's own and the leases, in order. */
  keys(prefix?: string): string[];
  read(key: string): Buffer;
  /** Files of the store, its own records too, whose bytes hold this text. */
  keysHolding(text: string): string[];
  close(): Promise<void>;
}

export async function startApp(options: TestAppOptions = {}): Promise<TestApp> {
  const folder = makeTempFolder('app');
  const redis: TestServer | undefined = options.queueUrl === undefined ? await startRedis() : undefined;
  const queueUrl = options.queueUrl ?? redis?.url;
  const settings = readSettings({
    AFTERSHOW_DATA_DIR: folder,
    AFTERSHOW_PUBLIC_URL: PUBLIC_URL,
    AFTERSHOW_SWEEP_SECONDS: '1',
    ...(queueUrl === undefined ? {} : { AFTERSHOW_QUEUE_URL: queueUrl }),
    ...(options.storageUrl === undefined ? {} : { AFTERSHOW_STORAGE_URL: options.storageUrl }),
  });
  const log: string[] = [];
  const keep = (fields: Record<string, unknown>, message: string) => {
    log.push(JSON.stringify({ message, ...fields }));
  };
  const opened = await openEngine(
    settings,
    { info: keep, warn: keep, error: keep },
    { command: 'test', parts: options.workers ? ['server', 'workers'] : ['server'] },
  );
  const engine: Engine = { ...opened, ...options.replace?.(opened) };
  const events = new EpisodeEvents(engine.bucket, engine.queue, engine.log);
  const { secrets: webhookSecrets = [TEST_SECRET], bodyTimeoutMs, onServed } = options;
  const app = createApp({
    ...engine,
    webhookSecrets,
    apiToken: TEST_TOKEN,
    events,
    ...(bodyTimeoutMs === undefined ? {} : { bodyTimeoutMs }),
    ...(onServed ? { onServed } : {}),
  });
  const server = await listen(app, '127.0.0.1', 0);
  const workers = options.workers ? await startWorkers(settings, engine) : undefined;
  const objects = join(folder, 'objects');
  const ownFiles = (): string => {
    if (options.storageUrl === undefined) return objects;
    throw new Error('the objects of this server lie in no folder of its own: ask engine.bucket');
  };
  const keys = (prefix = '') => keysBelow(ownFiles()).filter((key) => key.startsWith(prefix));
  const read = (key: string) => readFileSync(join(ownFiles(), key));
  return {
    url: server.url,
    port: server.port,
    engine,
    objects,
    log,
    keys,
    read,
    keysHolding: (text) => filesBelow(ownFiles()).filter((path) => read(path).includes(text)),
    close: async () => {
      await server.close(0);
      await events.close();
      await workers?.drain(1_000);
      await opened.close();
      if (engine.bucket !== opened.bucket) await engine.bucket.close();
      await redis?.stop();
      removeFolder(folder);
    },
  };
}

const NOT_OURS = /^(\.[^/]+|leases|probe)\//;

function filesBelow(root: string): string[] {
  const walk = (folder: string): string[] =>
    readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? walk(path) : [relative(root, path)];
    });
  return statSync(root, { throwIfNoEntry: false }) ? walk(root).sort() : [];
}

const keysBelow = (root: string) => filesBelow(root).filter((path) => !NOT_OURS.test(path));
