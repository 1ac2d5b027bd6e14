/** Which IP addresses belong to the public Internet: everything else may be a machine that only we can reach. */
import { BlockList, isIP } from 'node:net';

/** IANA's special-purpose registry (RFC 6890 and what came after), multicast and reserved blocks. */
const NOT_PUBLIC_V4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['192.175.48.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

/** Parts of 2000::/3 that are special: Teredo, ORCHID and benchmarks, documentation, 6to4 (which tunnels to any IPv4), SRv6. */
const NOT_PUBLIC_V6: readonly (readonly [string, number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['2620:4f:8000::', 48],
  ['3fff::', 20],
];

const v4 = new BlockList();
for (const [network, prefix] of NOT_PUBLIC_V4) v4.addSubnet(network, prefix, 'ipv4');
const v6 = new BlockList();
for (const [network, prefix] of NOT_PUBLIC_V6) v6.addSubnet(network, prefix, 'ipv6');
const globalV6 = new BlockList();
globalV6.addSubnet('2000::', 3, 'ipv6');
/** Behind NAT64 (RFC 6052) every IPv4 host has such an address: what counts is the IPv4 address in its last 32 bits. */
const nat64 = new BlockList();
nat64.addSubnet('64:ff9b::', 96, 'ipv6');

/** True for unicast addresses of the public Internet alone, in any spelling; false for what is no address. */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !v4.check(address, 'ipv4');
    case 6: {
      if (address.includes('%')) return false;
      if (nat64.check(address, 'ipv6')) return isPublicAddress(lastFourBytes(address));
      return globalV6.check(address, 'ipv6') && !v6.check(address, 'ipv6');
    }
    default:
      return false;
  }
}

/** `64:ff9b::7f00:1` is 127.0.0.1. */
function lastFourBytes(address: string): string {
  // The URL parser writes every spelling in hexadecimal groups, the last two of which are there unless they are zero.
  const host = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [high = '', low = ''] = host.endsWith('::') ? ['0', '0'] : host.split(':').slice(-2);
  const groups = [Number.parseInt(high || '0', 16), Number.parseInt(low || '0', 16)];
  return groups.flatMap((group) => [group >> 8, group & 0xff]).join('.');
}
