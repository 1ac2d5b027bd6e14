/** What a stranger can read of a bucket: asked for real, by requests that carry no credentials. */
import { randomUUID } from 'node:crypto';
import type { ObjectStore } from '../../pipeline/ports.ts';
import { anonymousProbeKey } from '../../storage/object-keys.ts';
import type { S3Location } from '../../storage/storage-url.ts';

const TIMEOUT_MS = 10_000;

export interface AnonymousReach {
  /** The folders whose objects anybody can read. */
  readonly readable: readonly string[];
  /** The folders of which anybody can list what is in them. */
  readonly listable: readonly string[];
}

/** The bucket's own address: its name in the path, or in the host as Amazon has it. */
function bucketUrl({ bucket, endpoint, region, forcePathStyle }: S3Location): URL {
  const domain = region?.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  // A host name with dots in its first part fits no certificate of Amazon's.
  const isInPath = forcePathStyle ?? (endpoint !== undefined || bucket.includes('.'));
  const url = new URL(endpoint ?? `https://s3.${region === undefined ? '' : `${region}.`}${domain}`);
  const path = url.pathname.replace(/\/+$/, '');
  if (!isInPath) url.hostname = `${bucket}.${url.hostname}`;
  url.pathname = isInPath ? `${path}/${bucket}` : path;
  return url;
}

/** Where an object of a bucket is, for whoever has no credentials. */
export function anonymousUrl(location: S3Location, key: string): string {
  const url = bucketUrl(location);
  const path = [location.prefix, key].filter(Boolean).join('/').split('/').map(encodeURIComponent).join('/');
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${path}`;
  return url.href;
}

function listingUrl(location: S3Location, folder: string): string {
  const url = bucketUrl(location);
  const prefix = [location.prefix, folder].filter(Boolean).join('/');
  url.search = new URLSearchParams({ 'list-type': '2', prefix: `${prefix}/`, 'max-keys': '1' }).toString();
  return url.href;
}

/**
 * Puts a small object into each folder, asks for it and for a listing as a stranger would, and removes it again.
 * Throws what the store throws, and an Error when the bucket cannot be asked.
 */
export async function reachOfStrangers(
  location: S3Location,
  store: Pick<ObjectStore, 'put' | 'delete'>,
  folders: readonly string[],
): Promise<AnonymousReach> {
  const name = randomUUID();
  const reach = await Promise.all(
    folders.map(async (folder) => {
      const key = anonymousProbeKey(folder, name);
      await store.put(key, 'Can anybody read this?', { contentType: 'text/plain' });
      try {
        return {
          folder,
          isReadable: await isAnswered(anonymousUrl(location, key)),
          isListable: await isAnswered(listingUrl(location, folder)),
        };
      } finally {
        await store.delete(key);
      }
    }),
  );
  return {
    readable: reach.filter(({ isReadable }) => isReadable).map(({ folder }) => folder),
    listable: reach.filter(({ isListable }) => isListable).map(({ folder }) => folder),
  };
}

async function isAnswered(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) }).catch((error: unknown) => {
    const reason = error instanceof Error ? (error.cause ?? error) : error;
    throw new Error(`${new URL(url).host} could not be asked without credentials: ${String(reason)}`, { cause: error });
  });
  await response.body?.cancel();
  return response.ok;
}
