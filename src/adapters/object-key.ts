/** What may be a key, the same for every store, so that a key is good everywhere or nowhere. */

const MAX_KEY_BYTES = 1024;
/** What common file systems allow for one name. */
const MAX_SEGMENT_BYTES = 255;

/** Why this text cannot be a key; undefined when it can. */
export function keyProblem(key: string): string | undefined {
  if (key === '') return 'it is empty';
  if (!key.isWellFormed()) return 'it is not well-formed Unicode';
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) return `it is longer than ${MAX_KEY_BYTES} bytes`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: refusing control characters is the purpose
  if (/[\u0000-\u001F\u007F\\]/.test(key)) return 'it holds a control character or a backslash';
  for (const segment of key.split('/')) {
    if (segment === '') return 'it begins or ends with / or holds //';
    if (segment === '.' || segment === '..') return 'it holds a . or .. part';
    if (Buffer.byteLength(segment) > MAX_SEGMENT_BYTES) return `a part of it is longer than ${MAX_SEGMENT_BYTES} bytes`;
  }
  return undefined;
}

/** The key itself. Throws an Error that names it when it cannot be one. */
export function checkedKey(key: string): string {
  const problem = keyProblem(key);
  if (problem !== undefined) throw new Error(`${JSON.stringify(key)} cannot be an object's key: ${problem}`);
  return key;
}

/** The order of listings: by UTF-8 bytes, which JavaScript's own order of strings is not. */
export function compareKeys(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Content-Type and the like travel as HTTP headers. Throws an Error naming the field. */
export function checkedHeader(name: string, value: string): string {
  if (!/^[\x20-\x7E]+$/.test(value)) throw new Error(`${name} must be printable ASCII, got ${JSON.stringify(value)}`);
  return value;
}
