/** Requests to the places that an imported feed names: hosts that the operator named, else the public Internet alone. */

import type { Web } from '../pipeline/web.ts';
import { hostsOf } from './outgoing/allowed-place.ts';
import { requestOut } from './outgoing/outgoing.ts';

/**
 * `trustedUrls`: what the operator typed; their hosts may be local and without TLS. Any other address is asked by https,
 * also where the feed says http: hosts that serve podcasts have both, and what comes by http anybody may have changed.
 */
export function createFeedWeb(trustedUrls: readonly string[]): Web {
  const trusted = hostsOf(trustedUrls);
  return async (url, { method = 'GET', maxBytes, totalMs, signal }) => {
    const isTrusted = URL.canParse(url) && trusted.has(new URL(url).host);
    const answer = await requestOut(isTrusted ? url : url.replace(/^http:/i, 'https:'), {
      method,
      maxBytes,
      ...(totalMs === undefined ? {} : { totalMs }),
      signal,
      trustedUrls,
    });
    const [contentType = '', ...parameters] = (answer.headers['content-type'] ?? '').split(';');
    const charset = parameters.map((text) => /^\s*charset\s*=\s*"?([\w.:-]+)"?\s*$/i.exec(text)?.[1]).find(Boolean);
    const length = answer.headers['content-length'];
    return {
      status: answer.status,
      contentType: contentType.trim().toLowerCase(),
      ...(charset === undefined ? {} : { charset }),
      ...(length !== undefined && /^\d{1,15}$/.test(length) ? { lengthBytes: Number(length) } : {}),
      url: answer.url,
      body: answer.body,
    };
  };
}
