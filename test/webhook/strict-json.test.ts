import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseStrictJson } from '../../src/webhook/strict-json.ts';

describe('Strict JSON', () => {
  it('reads whatever JSON.stringify writes, as it was', () => {
    const plain = fc.jsonValue({ maxDepth: 8 }).filter((value) => !JSON.stringify(value).includes('__proto__'));
    fc.assert(
      fc.property(plain, (value) => {
        expect(parseStrictJson(JSON.stringify(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { seed: 20261122, numRuns: 500 },
    );
  });

  it.each([
    ['a key twice', '{"a":1,"b":{"c":1},"a":2}', 'stands twice'],
    ['a key twice under two spellings', '{"a":1,"\\u0061":2}', 'stands twice'],
    ['__proto__', '{"data":{"__proto__":{"admin":true}}}', '__proto__'],
    ['__proto__ spelt with escapes', '{"\\u005f_proto__":1}', '__proto__'],
    ['depth 10,000', `${'['.repeat(10_000)}${']'.repeat(10_000)}`, 'deep'],
    ['trailing JSON', '{} {}', 'JSON'],
    ['nothing', '', 'JSON'],
    ['a comment', '{/* hello */}', 'JSON'],
  ])('refuses %s', (_name, text, reason) => {
    expect(() => parseStrictJson(text)).toThrow(SyntaxError);
    expect(() => parseStrictJson(text)).toThrow(reason);
  });

  it('lets equal keys stand in different objects, and brackets stand in strings', () => {
    expect(parseStrictJson('[{"a":"{[\\"a\\":"},{"a":":"}]')).toEqual([{ a: '{["a":' }, { a: ':' }]);
  });
});
