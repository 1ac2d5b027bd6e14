/**
 * What the SDK's errors mean to us. The SDK's own error objects stay in here: they hold the request with its signature
 * and key id, which must not reach a log.
 */
import { PassingFailure, PermanentFailure, PreconditionFailed } from '../../domain/failure.ts';

interface SdkError extends Error {
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly attempts?: number; readonly requestId?: string };
}

const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ERR_STREAM_PREMATURE_CLOSE',
]);

const ADVICE: Readonly<Record<string, string>> = {
  NoSuchBucket: 'that bucket does not exist: create it, or correct the storage URL',
  AccessDenied: 'access is denied: let these keys list, read, write and delete in the bucket',
  InvalidAccessKeyId: 'the access key is not known there: check AWS_ACCESS_KEY_ID and the endpoint',
  SignatureDoesNotMatch: 'the signature does not match: check AWS_SECRET_ACCESS_KEY and the region',
  CredentialsProviderError: 'there are no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
  PermanentRedirect: 'the bucket is in another region: set region= in the storage URL',
};

const asSdkError = (error: unknown): SdkError => (error instanceof Error ? error : new Error(String(error)));

export const statusOf = (error: unknown): number | undefined => asSdkError(error).$metadata?.httpStatusCode;
export const attemptsOf = (error: unknown): number => asSdkError(error).$metadata?.attempts ?? 1;

/** Cannot be told from the answer whether the store did what was asked: there was none, or it came of the server's trouble. */
export function isUnreachable(error: unknown): boolean {
  const { name, code } = asSdkError(error);
  const status = statusOf(error);
  if (status !== undefined) return status >= 500 || status === 429 || status === 408;
  return name === 'TimeoutError' || NETWORK_CODES.has(code ?? '') || /socket hang up|aborted/i.test(String(error));
}

/** The object, not its bucket, is absent. HEAD has no body that could tell the two apart: then it is taken for the object. */
export function isAbsent(error: unknown): boolean {
  return statusOf(error) === 404 && asSdkError(error).name !== 'NoSuchBucket';
}

/** 409: two conditional writes at the same moment, of which this one must read again. */
export function isPreconditionFailed(error: unknown): boolean {
  const { name } = asSdkError(error);
  const status = statusOf(error);
  return status === 412 || (status === 409 && /Conditional|ConcurrentModification|OperationAborted/.test(name));
}

/** An error of ours for one of the SDK's. */
export function translateError(error: unknown, doing: string, key: string, signal?: AbortSignal): unknown {
  if (signal?.aborted) return signal.reason;
  if (isPreconditionFailed(error)) return new PreconditionFailed(key);
  const { name, code, message } = asSdkError(error);
  const status = statusOf(error);
  const answer = status === undefined ? (code ?? '') : `status ${status}`;
  const words = ADVICE[name] ?? [name, answer, message === 'UnknownError' ? '' : message].filter(Boolean).join(', ');
  const text = `could not ${doing}: ${words}`;
  return isUnreachable(error) ? new PassingFailure('store-unreachable', text) : new Error(text);
}

/** Already says what it means: not to be translated again. */
export function isOurs(error: unknown): boolean {
  return (
    error instanceof PassingFailure ||
    error instanceof PermanentFailure ||
    error instanceof PreconditionFailed ||
    error instanceof RangeError
  );
}
