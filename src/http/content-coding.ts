/** Accept-Encoding as RFC 9110, 12.5.3 has it, for the codings that we can send. Pure. */

/** `identity`: the bytes as they are. */
export type Coding = 'br' | 'gzip' | 'identity';

/** Smallest first, for who likes several equally well. */
const OFFERED: readonly Coding[] = ['br', 'gzip', 'identity'];
/** Below the smallest that can be written: what nobody named is taken only when nothing else is. */
const UNNAMED_IDENTITY = 0.0001;

/** Those that the client takes, what it likes best first; none when it refuses all of them. */
export function acceptedCodings(header: string | undefined): readonly Coding[] {
  const qualities = parseQualities(header ?? '');
  const others = qualities.get('*');
  const qualityOf = (coding: Coding) => {
    const named = qualities.get(coding) ?? (coding === 'gzip' ? qualities.get('x-gzip') : undefined) ?? others;
    return named ?? (coding === 'identity' ? UNNAMED_IDENTITY : 0);
  };
  const taken = OFFERED.map((coding) => ({ coding, quality: qualityOf(coding) })).filter(({ quality }) => quality > 0);
  return taken.sort((a, b) => b.quality - a.quality).map(({ coding }) => coding);
}

/** Names in lower case, with 0 to 1. A weight that is none counts as 0: better plain bytes than some that nobody reads. */
function parseQualities(header: string): ReadonlyMap<string, number> {
  const qualities = new Map<string, number>();
  for (const part of header.toLowerCase().split(',')) {
    const [coding = '', ...parameters] = part.split(';').map((piece) => piece.trim());
    if (coding === '') continue;
    const weight = parameters.find((parameter) => /^q\s*=/.test(parameter))?.replace(/^q\s*=\s*/, '');
    qualities.set(coding, weight === undefined ? 1 : /^(?:0(?:\.\d*)?|1(?:\.0*)?)$/.test(weight) ? Number(weight) : 0);
  }
  return qualities;
}
