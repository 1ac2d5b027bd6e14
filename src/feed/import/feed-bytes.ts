/** The text of a feed from its bytes, whatever charset they really are in. */
import { Buffer } from 'node:buffer';
import { Oddities, type Oddity, quoted } from './oddity.ts';

const DECLARATION_BYTES = 1024;

type Decode = (bytes: Uint8Array) => string;

/** 0x80 to 0x9F of windows-1252 (WHATWG Encoding); an empty place stands for the control character of that number. */
const WINDOWS_1252 = '€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ';

/** Some versions of Node decode it as ISO 8859-1, which has control characters where it has quotation marks. */
function decodeWindows1252(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('latin1')
    .replace(/[\u0080-\u009F]/g, (character) => {
      const known = WINDOWS_1252.charAt(character.charCodeAt(0) - 0x80);
      return known === ' ' ? character : known;
    });
}

/** Undefined for a charset that nobody knows. */
function decoderOf(charset: string, isStrict: boolean): Decode | undefined {
  try {
    const decoder = new TextDecoder(charset, { fatal: isStrict });
    if (decoder.encoding === 'windows-1252') return decodeWindows1252;
    return (bytes) => decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

function decodedStrictly(bytes: Uint8Array, charset: string): string | undefined {
  try {
    return decoderOf(charset, true)?.(bytes);
  } catch {
    return undefined;
  }
}

/** By its byte order mark, or by where the zero bytes of `<?` are (XML 1.0, appendix F). */
function wideCharset(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  const [a, b, c, d] = bytes;
  if ((a === 0xff && b === 0xfe) || (a === 0x3c && b === 0 && c !== 0 && d === 0)) return 'utf-16le';
  if ((a === 0xfe && b === 0xff) || (a === 0 && b === 0x3c && c === 0 && d !== 0)) return 'utf-16be';
  return undefined;
}

function declaredCharset(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.subarray(0, DECLARATION_BYTES)).toString('latin1');
  return /<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9._:-]+)["']/.exec(head)?.[1]?.toLowerCase();
}

const isUtf8 = (charset: string) => charset === 'utf-8' || charset === 'utf8';
const hasBytesBeyondAscii = (bytes: Uint8Array) => bytes.some((byte) => byte >= 0x80);

/**
 * `httpCharset` is what the answer's Content-Type says. A byte order mark wins over every declaration; bytes that are
 * UTF-8 are read as UTF-8 whatever they are said to be, since other charsets hardly ever look like it; what is neither
 * what it says nor UTF-8 is read as windows-1252, in which every byte means something.
 */
export function decodeFeed(
  bytes: Uint8Array,
  httpCharset?: string,
): { readonly text: string; readonly oddities: readonly Oddity[] } {
  const odd = new Oddities();
  const text = withoutMark(decode(bytes, httpCharset?.toLowerCase(), odd));
  return { text: withoutForbidden(text, odd), oddities: odd.found };
}

function decode(bytes: Uint8Array, httpCharset: string | undefined, odd: Oddities): string {
  const wide = wideCharset(bytes);
  if (wide) {
    odd.changed('charset', `The feed is in ${wide.toUpperCase()}; it was read so, and becomes UTF-8 here`);
    return new TextDecoder(wide).decode(bytes);
  }
  const declared = declaredCharset(bytes) ?? httpCharset ?? 'utf-8';
  const isPlain = !hasBytesBeyondAscii(bytes);
  const utf8 = decodedStrictly(bytes, 'utf-8');
  if (utf8 !== undefined && (isPlain || isUtf8(declared))) return utf8;
  if (utf8 !== undefined) {
    odd.changed('charset-wrong', `The feed says it is in ${quoted(declared)}, but its bytes are UTF-8: read as UTF-8`);
    return utf8;
  }
  const asDeclared = isUtf8(declared) ? undefined : decodedStrictly(bytes, declared);
  if (asDeclared !== undefined) {
    odd.changed('charset', `The feed is in ${declared}; it was read so, and becomes UTF-8 here`);
    return asDeclared;
  }
  const known = decoderOf(declared, false) ? 'its bytes are not' : 'nobody knows that charset';
  odd.changed('charset-wrong', `The feed says it is in ${quoted(declared)}, but ${known}: read as windows-1252`);
  return decodeWindows1252(bytes);
}

const withoutMark = (text: string) => (text.startsWith('\uFEFF') ? text.slice(1) : text);

// biome-ignore lint/suspicious/noControlCharactersInRegex: removing what XML 1.0 forbids is the purpose
const FORBIDDEN = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g;

/** XML 1.0, 2.2: no control characters; some hosts write them all the same. */
function withoutForbidden(text: string, odd: Oddities): string {
  const count = text.match(FORBIDDEN)?.length ?? 0;
  if (count === 0) return text;
  odd.changed('control-characters', `The feed holds ${count} control characters that XML forbids: left out`);
  return text.replace(FORBIDDEN, '');
}
