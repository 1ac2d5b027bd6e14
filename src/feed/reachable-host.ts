/** Whether an address can mean the same to a directory as to us. By its text alone: nothing is looked up. */

/** First two bytes of networks that end at this machine or its neighbours, as IANA's special-purpose registry has them. */
function isLocalV4(first: number, second: number): boolean {
  if (first === 0 || first === 10 || first === 127) return true;
  if (first === 100) return second >= 64 && second < 128;
  if (first === 169) return second === 254;
  if (first === 172) return second >= 16 && second < 32;
  return first === 192 && second === 168;
}

/** `address` as URLs write it: shortest form, small letters. Unspecified, loopback, unique local, link-local, IPv4 inside. */
function isLocalV6(address: string): boolean {
  const mapped = /^::ffff:([0-9a-f]{1,4}):[0-9a-f]{1,4}$/.exec(address)?.[1];
  if (mapped !== undefined) return isLocalV4(Number.parseInt(mapped, 16) >> 8, Number.parseInt(mapped, 16) & 255);
  return /^(::1?$|f[cd][0-9a-f]{2}:|fe[89ab][0-9a-f]:)/.test(address);
}

/** Names that no public server answers: RFC 6761, RFC 6762, RFC 8375, and what networks at home and work use. */
const LOCAL_NAME = /(^|\.)(localhost|local|localdomain|internal|intranet|lan|home|home\.arpa|test|invalid)$/;

export function isReachableFromOutside(address: string): boolean {
  if (!URL.canParse(address)) return false;
  // Whatever form an IP address has in a URL, here it is the usual one.
  const host = new URL(address).hostname.replace(/\.$/, '');
  const v4 = /^(\d{1,3})\.(\d{1,3})\.\d{1,3}\.\d{1,3}$/.exec(host);
  if (v4) return !isLocalV4(Number(v4[1]), Number(v4[2]));
  if (host.startsWith('[')) return !isLocalV6(host.slice(1, -1));
  return host.includes('.') && !LOCAL_NAME.test(host);
}
