/** What may be an object's key, the same for every store, so that a key is good everywhere or nowhere. */

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
