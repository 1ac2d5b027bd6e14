/** The AWS client with bounded waiting and retries, and without its noise. */
import { S3Client } from '@aws-sdk/client-s3';

export interface S3Options {
  readonly bucket: string;
  /** Before every key; slashes at its ends do not matter. */
  readonly prefix?: string;
  /** http://host:port of a store that is not Amazon's. */
  readonly endpoint?: string;
  /** Default: what the AWS environment says; with an endpoint `us-east-1`. */
  readonly region?: string;
  /** Bucket in the path rather than the host name. Default: yes with an endpoint. */
  readonly forcePathStyle?: boolean;
  /** Default: AWS's own chain (environment, profile, instance role). */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Without a byte for this long, an answer or a body counts as lost. Default 30 s. */
  readonly idleTimeoutMs?: number;
  /** The first included. Default 5. */
  readonly maxAttempts?: number;
}

const CONNECT_TIMEOUT_MS = 5000;
const IDLE_TIMEOUT_MS = 30_000;
export const MAX_ATTEMPTS = 5;
/**
 * Every file that is being sent to somebody holds a connection for as long as they take; with the SDK's 50 as many slow
 * listeners would keep feeds, webhooks and renders from the store.
 */
const MAX_CONNECTIONS = 2048;

const silence = () => undefined;
const SILENT_LOGGER = { trace: silence, debug: silence, info: silence, warn: silence, error: silence };

/** While a client is made, the SDK tells of Node versions it will not support one day: of no use to who runs us. */
function withoutNodeVersionWarning<T>(make: () => T): T {
  const original = process.emitWarning;
  const filtered = (warning: string | Error, ...rest: unknown[]) => {
    if (!String(warning).includes('NodeVersionSupportWarning')) Reflect.apply(original, process, [warning, ...rest]);
  };
  process.emitWarning = filtered as typeof process.emitWarning;
  try {
    return make();
  } finally {
    process.emitWarning = original;
  }
}

export function makeS3Client(options: S3Options): S3Client {
  const { endpoint, credentials } = options;
  const region = options.region ?? (endpoint === undefined ? undefined : 'us-east-1');
  return withoutNodeVersionWarning(
    () =>
      new S3Client({
        ...(endpoint !== undefined && { endpoint }),
        ...(region !== undefined && { region }),
        ...(credentials && { credentials }),
        forcePathStyle: options.forcePathStyle ?? endpoint !== undefined,
        // Ceph 16 and others answer 411 to the trailers that checksums by default bring.
        requestChecksumCalculation: 'WHEN_REQUIRED',
        responseChecksumValidation: 'WHEN_REQUIRED',
        retryMode: 'standard',
        maxAttempts: options.maxAttempts ?? MAX_ATTEMPTS,
        requestHandler: {
          connectionTimeout: CONNECT_TIMEOUT_MS,
          socketTimeout: options.idleTimeoutMs ?? IDLE_TIMEOUT_MS,
          httpAgent: { keepAlive: true, maxSockets: MAX_CONNECTIONS },
          httpsAgent: { keepAlive: true, maxSockets: MAX_CONNECTIONS },
        },
        logger: SILENT_LOGGER,
      }),
  );
}
