/** Whose address a request came from: the socket's, or what trusted proxies in front of the server say. Pure. */
import { isIP } from 'node:net';

/**
 * `forwardedFor`: the X-Forwarded-For header, to which every proxy adds, at the right, the address that spoke to it.
 * Anybody may send one, so only as many entries from the right are believed as there are proxies of our own
 * (`trustedProxies`, 0 for none). An IPv4 address in IPv6 clothes comes without them. Undefined when nobody knows.
 */
export function clientAddress(
  socketAddress: string | undefined,
  forwardedFor: string | undefined,
  trustedProxies: number,
): string | undefined {
  const chain = [...(forwardedFor ?? '').split(','), socketAddress ?? ''];
  // Shorter than it should be: a proxy was left out, and the first entry is the farthest anybody vouches for.
  const believed = chain.slice(-1 - trustedProxies).map(bareAddress);
  return believed.find((address) => address !== undefined) ?? bareAddress(socketAddress ?? '');
}

/** `192.0.2.1:5000`, `[2001:db8::1]:5000` and `::ffff:192.0.2.1` as they are without port, brackets and clothes. */
function bareAddress(text: string): string | undefined {
  const trimmed = text.trim();
  const bare = /^\[(.+)\](?::\d+)?$/.exec(trimmed)?.[1] ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(trimmed)?.[1] ?? trimmed;
  const address = bare.toLowerCase().replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/, '');
  return isIP(address) === 0 ? undefined : address;
}
