/** What a storage URL means: s3://bucket/prefix?endpoint=…&region=…&forcePathStyle=true, or file:///folder. Pure. */
import { fileURLToPath } from 'node:url';

/** A bucket, or a part of one, as the URL tells it: no credentials. */
export interface S3Location {
  readonly bucket: string;
  /** Before every key, without slashes at its ends. */
  readonly prefix: string;
  readonly endpoint?: string;
  readonly region?: string;
  readonly forcePathStyle?: boolean;
}

export type StorageLocation =
  | { readonly kind: 'folder'; readonly path: string }
  | ({ readonly kind: 's3' } & S3Location);

const FORMS = 's3://bucket/prefix?endpoint=…&region=…&forcePathStyle=true or file:///absolute/folder';
const PARAMETERS = ['endpoint', 'region', 'forcePathStyle'];

/** The URL itself may hold a secret by mistake, so no error repeats more of it than the part that is wrong. */
const wrong = (problem: string) => new Error(`the storage URL ${problem}; it should look like ${FORMS}`);

function parseEndpoint(endpoint: string): string {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw wrong('has an endpoint that is no http:// or https:// address');
  }
  if (url.username !== '' || url.password !== '') {
    throw wrong('holds credentials in its endpoint; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY instead');
  }
  return endpoint;
}

function decodedPath(url: URL): string {
  try {
    return decodeURIComponent(url.pathname);
  } catch {
    throw wrong('has a prefix with a % that encodes nothing');
  }
}

function parseS3(url: URL): StorageLocation {
  const unknown = [...url.searchParams.keys()].filter((name) => !PARAMETERS.includes(name));
  if (unknown.length > 0) throw wrong(`has the unknown parameter ${unknown.join(', ')}`);
  const bucket = url.hostname;
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket) || url.port !== '') {
    throw wrong('names no valid bucket (3 to 63 of a-z, 0-9, . and -)');
  }
  const endpoint = url.searchParams.get('endpoint');
  const region = url.searchParams.get('region');
  const style = url.searchParams.get('forcePathStyle');
  if (style !== null && style !== 'true' && style !== 'false')
    throw wrong('has a forcePathStyle that is not true or false');
  return {
    kind: 's3',
    bucket,
    prefix: decodedPath(url).replace(/^\/+|\/+$/g, ''),
    ...(endpoint !== null && { endpoint: parseEndpoint(endpoint) }),
    ...(region !== null && { region }),
    ...(style !== null && { forcePathStyle: style === 'true' }),
  };
}

/** Throws an Error that says what is wrong with it, without repeating credentials. */
export function parseStorageUrl(text: string): StorageLocation {
  if (!URL.canParse(text)) throw wrong('is no URL');
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') {
    throw wrong('holds credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY instead');
  }
  if (url.protocol === 's3:') return parseS3(url);
  if (url.protocol !== 'file:') throw wrong(`begins with ${url.protocol}`);
  if (url.host !== '') throw wrong('names a host; a folder needs three slashes, file:///');
  if (!/^file:\/\/\//i.test(text)) throw wrong('is not absolute; a folder needs three slashes, file:///');
  if (url.search !== '' || url.hash !== '') throw wrong('has parameters, which a folder does not take');
  return { kind: 'folder', path: fileURLToPath(url) };
}
