/**
 * Writing to S3. Small bodies go in one request that the SDK repeats; big ones in parts. Big *conditional* ones go in
 * one streamed request: the condition is then judged by the store together with the write, whereas on the completion of
 * parts some stores ignore it (Ceph 16 does, tried).
 */
import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AbortMultipartUploadCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { PutBody, PutCondition } from '../../pipeline/ports.ts';
import { bareEtag } from './s3-answers.ts';
import { MAX_ATTEMPTS } from './s3-client.ts';
import { attemptsOf, isAbsent, isPreconditionFailed, isUnreachable } from './s3-errors.ts';

const PART_BYTES = 8 * 1024 * 1024;
const PARTS_AT_ONCE = 3;
/** What S3 takes in one request. */
const MAX_SINGLE_BYTES = 5 * 1024 ** 3;
const FIRST_PAUSE_MS = 200;
const MARK = 'write-id';

export type IfMatchStyle = 'quoted' | 'bare';

export interface S3Target {
  readonly client: S3Client;
  readonly bucket: string;
  /** With its prefix. */
  readonly fullKey: string;
}

interface BigFile {
  readonly file: string;
  readonly lengthBytes: number;
}

export type Headers = Pick<PutObjectCommandInput, 'ContentType' | 'CacheControl' | 'ContentDisposition'>;

function conditionHeaders(condition: PutCondition | undefined, style: IfMatchStyle) {
  if (condition === undefined) return {};
  if ('absent' in condition) return { IfNoneMatch: '*' };
  return { IfMatch: style === 'quoted' ? `"${condition.etag}"` : condition.etag };
}

/**
 * The ETag, if it is this very write that the store holds. A repeated request can be told that the condition fails only
 * because its own first copy succeeded and the answer was lost; the mark in the metadata says so. (If yet another writer
 * has replaced it meanwhile this looks like a lost race, as it would without any repetition.)
 */
async function landedEtag(target: S3Target, mark: string): Promise<string | undefined> {
  try {
    const head = await target.client.send(new HeadObjectCommand({ Bucket: target.bucket, Key: target.fullKey }));
    return head.Metadata?.[MARK] === mark ? bareEtag(head.ETag) : undefined;
  } catch (error) {
    if (isAbsent(error) || isUnreachable(error)) return undefined;
    throw error;
  }
}

/** A stream cannot be sent twice by the SDK, so here each try opens the file again. Throws the last error, with its tries. */
async function sendStreamed(
  target: S3Target,
  input: Omit<PutObjectCommandInput, 'Bucket' | 'Key'>,
  { file, lengthBytes }: BigFile,
  signal: AbortSignal | undefined,
): Promise<string> {
  for (let attempts = 1; ; attempts += 1) {
    const body = createReadStream(file, { highWaterMark: 256 * 1024 });
    try {
      const command = new PutObjectCommand({
        Bucket: target.bucket,
        Key: target.fullKey,
        ...input,
        Body: body,
        ContentLength: lengthBytes,
      });
      return bareEtag((await target.client.send(command, signal && { abortSignal: signal })).ETag);
    } catch (error) {
      if (attempts === MAX_ATTEMPTS || signal?.aborted || !isUnreachable(error)) {
        throw Object.assign(error as Error, {
          $metadata: { ...(error as { $metadata?: object }).$metadata, attempts },
        });
      }
      await sleep(Math.random() * FIRST_PAUSE_MS * 2 ** attempts, undefined, signal && { signal });
    } finally {
      body.destroy();
    }
  }
}

/**
 * The client as an upload in parts gets it: one failure or the caller's abort ends every request still under way, and
 * only the removal of parts goes on. (The upload's own abort() would reject at once and clean up behind our back.)
 */
function stoppingClient(client: S3Client, signal: AbortSignal | undefined): S3Client {
  const stop = new AbortController();
  const abortSignal = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  const send = async (command: Parameters<S3Client['send']>[0]) => {
    if (command instanceof AbortMultipartUploadCommand) return client.send(command);
    try {
      return await client.send(command, { abortSignal });
    } catch (error) {
      stop.abort(error);
      throw error;
    }
  };
  return Object.assign(Object.create(client) as S3Client, { send });
}

/** Parts are removed when it fails or is aborted. The parts' joint ETag comes from a HEAD: some stores do not answer it. */
async function sendInParts(
  target: S3Target,
  headers: Headers,
  { file, lengthBytes }: BigFile,
  signal: AbortSignal | undefined,
): Promise<string> {
  const body = createReadStream(file, { highWaterMark: 1024 * 1024 });
  try {
    const where = { Bucket: target.bucket, Key: target.fullKey };
    const upload = new Upload({
      client: stoppingClient(target.client, signal),
      params: { ...where, ...headers, Body: body, ContentLength: lengthBytes },
      partSize: Math.max(PART_BYTES, Math.ceil(lengthBytes / 9000)),
      queueSize: PARTS_AT_ONCE,
      leavePartsOnError: false,
    });
    await upload.done();
    const head = await target.client.send(new HeadObjectCommand(where));
    if (head.ContentLength !== lengthBytes) {
      throw new Error(`${file} changed while it was uploaded: ${lengthBytes} bytes became ${head.ContentLength}`);
    }
    return bareEtag(head.ETag);
  } finally {
    body.destroy();
  }
}

async function bytesOf(body: PutBody): Promise<Uint8Array> {
  if (typeof body === 'string') return Buffer.from(body);
  return body instanceof Uint8Array ? body : readFile(body.file);
}

/** The new ETag. Throws the SDK's errors. `style` is asked for only when an If-Match must be sent. */
export async function writeObject(
  target: S3Target,
  body: PutBody,
  options: {
    readonly headers: Headers;
    readonly condition: PutCondition | undefined;
    readonly style: () => Promise<IfMatchStyle>;
    readonly signal: AbortSignal | undefined;
  },
): Promise<string> {
  const { headers, condition, signal } = options;
  const file = typeof body === 'object' && 'file' in body ? body.file : undefined;
  const lengthBytes = file === undefined ? undefined : (await stat(file)).size;
  const bigFile =
    file !== undefined && lengthBytes !== undefined && lengthBytes > PART_BYTES ? { file, lengthBytes } : undefined;
  if (bigFile && condition === undefined) return sendInParts(target, headers, bigFile, signal);
  if (bigFile && bigFile.lengthBytes > MAX_SINGLE_BYTES) {
    throw new Error(
      `${bigFile.lengthBytes} bytes are too many for a write on condition: S3 takes 5 GiB in one request`,
    );
  }
  const mark = randomUUID();
  const style = condition !== undefined && 'etag' in condition ? await options.style() : 'quoted';
  const input = {
    ...headers,
    ...conditionHeaders(condition, style),
    ...(condition !== undefined && { Metadata: { [MARK]: mark } }),
  };
  try {
    if (bigFile) return await sendStreamed(target, input, bigFile, signal);
    const bytes = await bytesOf(body);
    const command = new PutObjectCommand({
      Bucket: target.bucket,
      Key: target.fullKey,
      ...input,
      Body: bytes,
      ContentLength: bytes.length,
    });
    return bareEtag((await target.client.send(command, signal && { abortSignal: signal })).ETag);
  } catch (error) {
    const isAmbiguous = isUnreachable(error) || (isPreconditionFailed(error) && attemptsOf(error) > 1);
    if (condition === undefined || signal?.aborted || !isAmbiguous) throw error;
    const landed = await landedEtag(target, mark);
    if (landed === undefined) throw error;
    return landed;
  }
}
