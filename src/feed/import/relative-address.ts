/** Addresses in feeds: relative ones made whole, blanks and letters beyond ASCII encoded, what is no web address told. */
import { isWebAddress } from '../../domain/room.ts';
import { type Oddities, quoted } from './oddity.ts';

const MAX_CHARACTERS = 4096;

/**
 * `base`: where the feed is. An address that is whole and plain stays as it is written, to the byte: apps know episodes
 * by it. Undefined for none, and, told, for what no app could open.
 */
export function resolvedAddress(
  written: string | undefined,
  base: string | undefined,
  what: string,
  odd: Oddities,
): string | undefined {
  const text = written?.trim() ?? '';
  if (text === '') return undefined;
  const isWhole = URL.canParse(text);
  const canResolve = base !== undefined && URL.canParse(text, base);
  if (text.length > MAX_CHARACTERS || !(isWhole || canResolve)) {
    const why = text.length > MAX_CHARACTERS ? 'is too long' : 'is relative, and nobody says to what';
    odd.lost('address-unfit', `The address of ${what}, ${quoted(text)}, ${why}: left out`);
    return undefined;
  }
  const { href } = new URL(text, base);
  if (!isWebAddress(href)) {
    odd.lost('address-unfit', `The address of ${what}, ${quoted(text)}, is no web address: left out`);
    return undefined;
  }
  if (!isWhole) {
    odd.changed('address-relative', `The address of ${what}, ${quoted(text)}, is relative: read as ${href}`);
    return href;
  }
  if (/^[\x21-\x7E]+$/.test(text) && /^https?:\/\//i.test(text)) return text;
  odd.changed(
    'address-encoded',
    `The address of ${what}, ${quoted(text)}, holds what no address may: encoded as ${href}`,
  );
  return href;
}
