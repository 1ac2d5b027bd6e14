/** Where requests of ours may go: to hosts the operator named, else by https to the public Internet alone. */
import { lookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { messageOf } from '../../domain/failure.ts';
import { isPublicAddress } from './public-address.ts';

/** A request that did not get its answer, in plain words without paths, queries or credentials of URLs. */
export class OutgoingFailure extends Error {
  override readonly name = 'OutgoingFailure';
  /** `refused`: we do not go there, whoever asks and however often. */
  readonly kind: 'refused' | 'unreachable' | 'timeout' | 'too-large' | 'redirect';
  constructor(kind: OutgoingFailure['kind'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

/** All addresses of a host name. */
export type Resolve = (host: string) => Promise<readonly ResolvedAddress[]>;

export const systemResolve: Resolve = (host) => lookup(host, { all: true, verbatim: true });

/** Host and port of URLs that the operator wrote into the settings. */
export function hostsOf(trustedUrls: readonly string[]): ReadonlySet<string> {
  return new Set(trustedUrls.filter((url) => URL.canParse(url)).map((url) => new URL(url).host));
}

/**
 * Throws OutgoingFailure('refused') for what can be seen to be forbidden before any name is looked up. IP literals in
 * whatever spelling (0x7f.1, 2130706433) are plain ones once they were parsed.
 */
export function refuseForbiddenUrl(url: URL, trusted: ReadonlySet<string>): void {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new OutgoingFailure('refused', `${url.protocol} is no protocol that is spoken here`);
  }
  if (trusted.has(url.host)) return;
  if (url.protocol !== 'https:') {
    throw new OutgoingFailure('refused', `${url.origin} is not https, and not a host of the settings`);
  }
  const literal = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(literal) && !isPublicAddress(literal)) throw notPublic(url.hostname);
}

/** Why nothing is ever sent there, in words; undefined where it may be. What its name leads to is seen when it is sent. */
export function placeProblem(address: string, trustedUrls: readonly string[]): string | undefined {
  try {
    refuseForbiddenUrl(new URL(address), hostsOf(trustedUrls));
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

function notPublic(host: string): OutgoingFailure {
  return new OutgoingFailure('refused', `${host} is not on the public Internet, and not a host of the settings`);
}

/**
 * A look-up for one connection: what it found is what is connected to, so a name cannot change its mind between the
 * check and the use. One private address among several is enough to refuse them all.
 */
export function pinnedLookup(url: URL, trusted: ReadonlySet<string>, resolve: Resolve): LookupFunction {
  const find = async (host: string) => {
    const found = await resolve(host).catch((cause: unknown) => {
      throw new OutgoingFailure('unreachable', `the name ${host} cannot be found (${codeOf(cause)})`, { cause });
    });
    if (!trusted.has(url.host) && found.some(({ address }) => !isPublicAddress(address))) throw notPublic(host);
    return found;
  };
  return (host, { all }, callback) => {
    find(host).then(
      (found) => {
        const [first] = found;
        if (!first) callback(new OutgoingFailure('unreachable', `the name ${host} has no address`), '', 0);
        else if (all) callback(null, [...found]);
        else callback(null, first.address, first.family);
      },
      (error: Error) => callback(error, '', 0),
    );
  };
}

export const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException)?.code ?? messageOf(error);
