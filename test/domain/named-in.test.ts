/** Names in texts: whole, in any case and any way of writing accents, and never within other words. */
import { describe, expect, it } from 'vitest';
import { isSameName, namesAnyOf } from '../../src/domain/named-in.ts';

describe('a text names a person', () => {
  it.each([
    ['Ben Zanzibar sings', 'Ben Zanzibar'],
    ['with BEN  zanzibar!', 'Ben Zanzibar'],
    ['(Zoë)', 'Zoe\u0308'],
    ['“Dr. O’Neil (Jr.)” answers', 'Dr. O’Neil (Jr.)'],
    ['王芳: 唱歌', '王芳'],
  ])('%s', (text, name) => {
    expect(namesAnyOf(text, [name])).toBe(true);
  });

  it.each([
    ['The Annual General Meeting', 'Ann'],
    ['Anne sings', 'Ann'],
    ['Ben and Zanzibar', 'Ben Zanzibar'],
    ['anything', ''],
    ['a+b', 'aab'],
  ])('and not: %s', (text, name) => {
    expect(namesAnyOf(text, [name])).toBe(false);
  });

  it('is the same name in another case and other spaces, and no other', () => {
    expect(isSameName(' ana  QUIMERA', 'Ana Quimera')).toBe(true);
    expect(isSameName('Ana', 'Ana Quimera')).toBe(false);
  });
});
