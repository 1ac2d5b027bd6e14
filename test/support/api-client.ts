/** The API as a script of a creator's uses it, with what it answers parsed. */
import { Answer, api, Episode, episodeWhen, feedWhen, sendWebhook } from './room.ts';

interface ApiProblem {
  readonly code: string;
  readonly detail: string;
  readonly issues?: readonly { readonly path: string; readonly message: string }[];
}

export interface ApiClient {
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>;
  /** Throws unless the webhook was accepted. */
  accept(event: unknown): Promise<Answer>;
  episode(ids: Ids): Promise<{ episode: Episode; etag: string }>;
  /** PATCH with the ETag that is current now. */
  edit(ids: Ids, patch: unknown): Promise<Response>;
  when(ids: Ids, isAsWished: (episode: Episode) => boolean): Promise<Episode>;
  feedWhen(showId: string, isAsWished: (xml: string) => boolean): Promise<string>;
}

type Ids = Pick<Answer, 'showId' | 'episodeId'>;
export const pathOf = ({ showId, episodeId }: Ids) => `/shows/${showId}/episodes/${episodeId}`;

export function apiClient(url: string): ApiClient {
  const call: ApiClient['call'] = (method, path, body, headers = {}) =>
    api(url, path, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const episode: ApiClient['episode'] = async (ids) => {
    const response = await call('GET', pathOf(ids));
    return { episode: Episode.parse(await response.json()), etag: response.headers.get('etag') ?? '' };
  };
  return {
    call,
    episode,
    accept: async (event) => {
      const response = await sendWebhook(url, event);
      if (response.status !== 202) throw new Error(`answered ${response.status}: ${await response.text()}`);
      return Answer.parse(await response.json());
    },
    edit: async (ids, patch) => call('PATCH', pathOf(ids), patch, { 'if-match': (await episode(ids)).etag }),
    when: (ids, isAsWished) => episodeWhen(url, ids, isAsWished),
    feedWhen: (showId, isAsWished) => feedWhen(url, showId, isAsWished),
  };
}

/** The problem document of an answer that must have this status. */
export async function problemOf(response: Response, status: number): Promise<ApiProblem> {
  const text = await response.text();
  if (response.status !== status) throw new Error(`expected ${status}, answered ${response.status}: ${text}`);
  if (response.headers.get('content-type') !== 'application/problem+json')
    throw new Error(`no problem document: ${text}`);
  return JSON.parse(text);
}
