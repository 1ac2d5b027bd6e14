/** Rules for single fields of a show as a creator sets it: nothing is cut or dropped in silence, each refusal says what fits. */
import { Buffer } from 'node:buffer';
import { z } from 'zod';
import { cleanText, isWebAddress } from '../domain/room.ts';

const ADDRESS_MAX_BYTES = 2048;

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
const graphemeCount = (text: string) => [...graphemes.segment(text)].length;
const grouped = (count: number) => count.toLocaleString('en');

export interface TextBounds {
  /** Of UTF-8, as directories count. */
  readonly maxBytes?: number;
  /** As a reader counts: an emoji of several code points is one. */
  readonly maxCharacters?: number;
  readonly isRequired?: boolean;
  readonly hasLines?: boolean;
}

/** Text without what XML cannot carry, on one line unless told otherwise. */
export function text({ maxBytes, maxCharacters, isRequired = false, hasLines = false }: TextBounds) {
  return z
    .string('must be a text')
    .transform((given) => (hasLines ? cleanText(given) : cleanText(given).replace(/\s+/g, ' ')).trim())
    .superRefine((kept, context) => {
      const complain = (message: string) => context.addIssue({ code: 'custom', message });
      const bytes = Buffer.byteLength(kept);
      if (isRequired && kept === '') complain('must not be empty');
      if (maxBytes !== undefined && bytes > maxBytes) {
        complain(
          `has ${grouped(bytes)} bytes (${grouped(graphemeCount(kept))} characters): directories read at most ${grouped(maxBytes)} bytes`,
        );
      } else if (maxCharacters !== undefined && graphemeCount(kept) > maxCharacters) {
        complain(`has ${grouped(graphemeCount(kept))} characters: at most ${grouped(maxCharacters)} are read`);
      }
    });
}

function addressProblem(given: string): string | undefined {
  if (Buffer.byteLength(given) > ADDRESS_MAX_BYTES) return `is longer than ${grouped(ADDRESS_MAX_BYTES)} bytes`;
  if (!isWebAddress(given)) return 'must be an http or https address, like https://example.org/show';
  const { username, password } = new URL(given);
  if (username !== '' || password !== '') return 'must not hold a name or password: everybody can read it';
  return undefined;
}

/** A web address fit for a public feed; letters beyond ASCII in the form that every app can fetch. */
export const PublicAddress = z.string('must be a text').transform((given, context) => {
  const address = given.trim();
  const problem = addressProblem(address);
  if (problem === undefined) return /^[\x21-\x7E]+$/.test(address) ? address : new URL(address).href;
  context.addIssue({ code: 'custom', message: problem });
  return z.NEVER;
});

/** Each entry that an earlier one says already. */
export function repeated<T>(items: readonly T[], keyOf: (item: T) => string): { index: number; item: T }[] {
  const seen = new Set<string>();
  return items.flatMap((item, index) => {
    const key = keyOf(item);
    if (seen.has(key)) return [{ index, item }];
    seen.add(key);
    return [];
  });
}
