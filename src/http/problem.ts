/** Errors as RFC 9457 problem documents; the only shape of an error that leaves this server. */
import { STATUS_CODES } from 'node:http';
import type { z } from 'zod';
import { PassingFailure, PermanentFailure } from '../domain/failure.ts';

export interface ProblemIssue {
  readonly path: string;
  readonly message: string;
}

export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly issues?: readonly ProblemIssue[];
  readonly headers?: Readonly<Record<string, string>>;
}

export function problemResponse({ status, code, detail, issues, headers }: Problem): Response {
  const body = {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail,
    code,
    ...(issues && { issues }),
  };
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'cache-control': 'no-store', ...headers, 'content-type': 'application/problem+json' },
  });
}

/** `data.tracks[0].key` rather than an array: a person reads it. */
export function issuesOf(error: z.ZodError): ProblemIssue[] {
  return error.issues.slice(0, 50).map(({ path, message }) => ({
    path: path.reduce<string>(
      (text, part) =>
        typeof part === 'number' ? `${text}[${part}]` : text === '' ? String(part) : `${text}.${String(part)}`,
      '',
    ),
    message,
  }));
}

export function invalidResponse(error: z.ZodError, what: string): Response {
  const issues = issuesOf(error);
  const first = issues[0];
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more: see issues)` : '';
  const detail = first ? `${what}: ${first.path || 'it'} ${first.message}${more}` : `${what} does not fit its schema`;
  return problemResponse({ status: 400, code: 'invalid', detail, issues });
}

const STATUS_OF: Partial<Record<PermanentFailure['code'], number>> = {
  'not-found': 404,
  'bad-request': 409,
  'tracks-gone': 409,
  'no-usable-track': 409,
  'public-url-differs': 409,
  'format-too-new': 409,
};

/** What a thrown error becomes; undefined for surprises, whose words are for the log alone. */
export function failureResponse(error: unknown): Response | undefined {
  if (error instanceof PermanentFailure && STATUS_OF[error.code]) {
    return problemResponse({ status: STATUS_OF[error.code] ?? 500, code: error.code, detail: error.message });
  }
  if (error instanceof PassingFailure) {
    return problemResponse({
      status: 503,
      code: error.code,
      detail: 'The store cannot take or give this now. Send it again a little later: nothing was lost.',
      headers: { 'retry-after': '5' },
    });
  }
  return undefined;
}
