/** HTTP's conditions and ranges, as RFC 9110 sections 13 and 14 have them. Pure: header texts in, decisions out. */

/** What tells one version of a file from another. Tags are without quotes. */
export interface Validators {
  /** The tags of the representation that would be sent, best first: a match with any of them is a match. */
  readonly etags: readonly string[];
  readonly lastModified: Date;
}

export interface Conditions {
  readonly ifMatch?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
  readonly ifModifiedSince?: string | undefined;
  readonly ifUnmodifiedSince?: string | undefined;
}

export type Verdict =
  | { readonly kind: 'send' }
  /** `etag`: which of the tags the client holds. */
  | { readonly kind: 'not-modified'; readonly etag: string }
  | { readonly kind: 'precondition-failed' };

/** For GET and HEAD of something that exists; the order is that of RFC 9110, 13.2.2. */
export function evaluateConditions(conditions: Conditions, validators: Validators): Verdict {
  const { etags, lastModified } = validators;
  if (conditions.ifMatch !== undefined) {
    if (!matchingTag(conditions.ifMatch, etags, 'strong')) return { kind: 'precondition-failed' };
  } else if (conditions.ifUnmodifiedSince !== undefined) {
    const since = parseHttpDate(conditions.ifUnmodifiedSince);
    if (since !== undefined && wholeSeconds(lastModified) > wholeSeconds(since)) return { kind: 'precondition-failed' };
  }
  if (conditions.ifNoneMatch !== undefined) {
    const etag = matchingTag(conditions.ifNoneMatch, etags, 'weak');
    return etag === undefined ? { kind: 'send' } : { kind: 'not-modified', etag };
  }
  const since = parseHttpDate(conditions.ifModifiedSince ?? '');
  const [etag] = etags;
  if (since !== undefined && etag !== undefined && wholeSeconds(lastModified) <= wholeSeconds(since)) {
    return { kind: 'not-modified', etag };
  }
  return { kind: 'send' };
}

/** For one whole record: whether a list of If-None-Match (weak) or If-Match (strong) names its tag, without quotes. */
export function namesTag(list: string, etag: string, comparison: 'strong' | 'weak'): boolean {
  return matchingTag(list, [etag], comparison) !== undefined;
}

/** The first of our tags that the client's list names, undefined when none does. `*` names any. */
function matchingTag(list: string, etags: readonly string[], comparison: 'strong' | 'weak'): string | undefined {
  if (list.trim() === '*') return etags[0];
  const named = parseEntityTags(list).filter(({ weak }) => comparison === 'weak' || !weak);
  return etags.find((etag) => named.some(({ tag }) => tag === etag));
}

interface EntityTag {
  readonly weak: boolean;
  readonly tag: string;
}

/** Nothing when the list is malformed: then no tag matches and the file is sent. */
function parseEntityTags(list: string): EntityTag[] {
  const tag = '(?:W/)?"[\\x21\\x23-\\x7e\\x80-\\xff]*"';
  if (!new RegExp(`^[\\s,]*${tag}(?:\\s*,[\\s,]*${tag})*[\\s,]*$`).test(list)) return [];
  return [...list.matchAll(new RegExp(tag, 'g'))].map(([text]) => ({
    weak: text.startsWith('W/'),
    tag: text.slice(text.indexOf('"') + 1, -1),
  }));
}

/**
 * Whether a range may be answered: without If-Range always, else only for exactly the version the client holds.
 * A weak tag never holds; a date holds only when the file had rested for a second before `now` (RFC 9110, 8.8.2.2),
 * for two versions may fall into one second.
 */
export function ifRangeHolds(header: string | undefined, validators: Validators, now: Date): boolean {
  if (header === undefined) return true;
  const [tag, ...more] = parseEntityTags(header);
  if (tag) return more.length === 0 && !tag.weak && validators.etags.includes(tag.tag);
  const date = parseHttpDate(header);
  if (date === undefined || wholeSeconds(date) !== wholeSeconds(validators.lastModified)) return false;
  return now.getTime() - validators.lastModified.getTime() >= 1000;
}

export type RangeAnswer =
  | { readonly kind: 'whole' }
  /** Both ends inclusive, inside the file. */
  | { readonly kind: 'part'; readonly start: number; readonly end: number }
  | { readonly kind: 'unsatisfiable' };

/**
 * What a Range header asks of a file this long. Several ranges, other units and malformed ones get the whole. A list of
 * one may have empty places (RFC 9110, 5.6.1.2).
 */
export function parseRange(header: string | undefined, lengthBytes: number): RangeAnswer {
  const match = /^bytes=[ \t,]*(\d*)-(\d*)[ \t,]*$/i.exec((header ?? '').trim());
  const [first, last] = [match?.[1] ?? '', match?.[2] ?? ''];
  if (first === '' && last === '') return { kind: 'whole' };
  if (first === '') {
    const suffixBytes = Number(last);
    if (suffixBytes === 0 || lengthBytes === 0) return { kind: 'unsatisfiable' };
    return { kind: 'part', start: Math.max(0, lengthBytes - suffixBytes), end: lengthBytes - 1 };
  }
  const start = Number(first);
  const end = last === '' ? lengthBytes - 1 : Number(last);
  if (last !== '' && end < start) return { kind: 'whole' };
  if (start >= lengthBytes) return { kind: 'unsatisfiable' };
  return { kind: 'part', start, end: Math.min(end, lengthBytes - 1) };
}

const IMF_FIXDATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;
const RFC_850 = /^[A-Z][a-z]+day, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/;
const ASCTIME = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/;

/** The three forms of RFC 9110, 5.6.7; undefined for anything else. */
export function parseHttpDate(text: string): Date | undefined {
  const known = IMF_FIXDATE.test(text) || RFC_850.test(text) ? text : ASCTIME.test(text) ? `${text} GMT` : undefined;
  const date = new Date(known ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

const wholeSeconds = (date: Date) => Math.floor(date.getTime() / 1000);
