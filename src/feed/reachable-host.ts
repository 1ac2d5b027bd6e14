/** Whether an address can mean the same to a directory as to us. By its text alone: nothing is looked up. */
import { BlockList, isIP } from 'node:net';

/** IANA's special-purpose registries: this machine, private and shared networks, link-local, documentation apart. */
const unreachable = new BlockList();
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const) {
  unreachable.addSubnet(network, bits, 'ipv4');
}
for (const [network, bits] of [
  ['::', 127],
  ['fc00::', 7],
  ['fe80::', 10],
] as const) {
  unreachable.addSubnet(network, bits, 'ipv6');
}

/** Names that no public server answers: RFC 6761, RFC 6762, RFC 8375, and what networks at home and work use. */
const LOCAL_NAME = /(^|\.)(localhost|local|localdomain|internal|intranet|lan|home|home\.arpa|test|invalid)$/;

export function isReachableFromOutside(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const host = new URL(address).hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  const family = isIP(host);
  if (family === 4) return !unreachable.check(host, 'ipv4');
  if (family === 6) return !unreachable.check(host, 'ipv6');
  return host.includes('.') && !LOCAL_NAME.test(host);
}
