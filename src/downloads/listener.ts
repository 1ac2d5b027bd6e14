/** Who a listener is for a day: a hash that nobody can turn back once the day's salt is gone. Pure. */
import { createHmac } from 'node:crypto';
import type { EpisodeId } from '../domain/ids.ts';

/** 96 bits: far from any collision among a day's listeners, and short to keep. */
const HASH_BYTES = 12;

/**
 * One listener of one episode. The episode is part of what is hashed, so that not even during the day two episodes of
 * the same person can be laid side by side. IPv6: the first 64 bits name the household; devices change the rest daily.
 */
export function listenerHash(salt: Uint8Array, episode: EpisodeId, address: string, userAgent: string): string {
  return createHmac('sha256', salt)
    .update(`${episode}\n${networkOf(address)}\n${userAgent.trim()}`)
    .digest()
    .subarray(0, HASH_BYTES)
    .toString('base64url');
}

/** An IPv4 address as it is, of an IPv6 address the first 64 bits, however it was written; IPv4 in IPv6 clothes without. */
export function networkOf(address: string): string {
  const text = address.trim().toLowerCase().split('%')[0] ?? '';
  if (!text.includes(':')) return text;
  const dotted = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(text)?.[1];
  if (dotted !== undefined) return dotted;
  const [before = '', after] = text.split('::');
  const left = before === '' ? [] : before.split(':');
  const right = after === undefined || after === '' ? [] : after.split(':');
  const gap = after === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array<string>(gap).fill('0'), ...right].map((group) => Number.parseInt(group, 16) || 0);
  if (groups.length === 8 && groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return groups
      .slice(6)
      .flatMap((group) => [group >> 8, group & 0xff])
      .join('.');
  }
  return groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':');
}
