/** Whose address is counted: only proxies of our own are believed. */
import { expect, test } from 'vitest';
import { clientAddress } from '../../src/http/client-address.ts';

test.each([
  ['the socket’s, without a proxy', '192.0.2.7', undefined, 0, '192.0.2.7'],
  ['the socket’s, whatever a stranger claims', '192.0.2.7', '10.0.0.1', 0, '192.0.2.7'],
  ['what one trusted proxy saw', '10.0.0.1', '192.0.2.7', 1, '192.0.2.7'],
  ['what one trusted proxy saw, not what its client claimed', '10.0.0.1', '198.51.100.1, 192.0.2.7', 1, '192.0.2.7'],
  ['what the outer of two proxies saw', '10.0.0.2', '198.51.100.1, 192.0.2.7, 10.0.0.1', 2, '192.0.2.7'],
  ['the farthest vouched for, when a proxy was gone round', '10.0.0.2', '192.0.2.7', 2, '192.0.2.7'],
  ['the socket’s, when the proxy added nothing', '10.0.0.1', undefined, 1, '10.0.0.1'],
  ['without the port that some proxies add', '10.0.0.1', '192.0.2.7:51234', 1, '192.0.2.7'],
  ['without brackets', '10.0.0.1', '[2001:DB8::1]:51234', 1, '2001:db8::1'],
  ['IPv4, of a socket that speaks IPv6', '::ffff:192.0.2.7', undefined, 0, '192.0.2.7'],
  ['the socket’s, when the proxy’s word is no address', '10.0.0.1', 'unknown', 1, '10.0.0.1'],
  ['nobody’s, once the socket is gone', undefined, undefined, 0, undefined],
])('%s', (_case, socketAddress, forwardedFor, trustedProxies, expected) => {
  expect(clientAddress(socketAddress, forwardedFor, trustedProxies)).toBe(expected);
});
