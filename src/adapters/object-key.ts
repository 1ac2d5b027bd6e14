/** Keys and headers as every store takes them. */
import { keyProblem } from '../domain/object-key.ts';

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
