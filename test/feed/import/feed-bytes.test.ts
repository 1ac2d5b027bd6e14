/** A feed's charset, whatever it says it is. */
import { describe, expect, it } from 'vitest';
import { decodeFeed } from '../../../src/feed/import/feed-bytes.ts';

const TITLE = 'Café — Ünïcode';
const latin = (text: string) => Uint8Array.from([...text].map((c) => ({ '—': 0x97, '€': 0x80 })[c] ?? c.charCodeAt(0)));
const feed = (encoding: string) => `<?xml version="1.0"${encoding}?><t>${TITLE}</t>`;
const codesOf = (bytes: Uint8Array, http?: string) => decodeFeed(bytes, http).oddities.map(({ code }) => code);

describe('A feed’s bytes', () => {
  it.each([
    ['UTF-8 that says so', Buffer.from(feed(' encoding="utf-8"')), undefined, []],
    ['UTF-8 that says nothing', Buffer.from(feed('')), undefined, []],
    ['UTF-8 with a byte order mark', Buffer.from(`\uFEFF${feed('')}`), undefined, []],
    ['windows-1252 that says so', latin(feed(' encoding="windows-1252"')), undefined, ['charset']],
    ['windows-1252 that HTTP says', latin(feed('')), 'Windows-1252', ['charset']],
    ['windows-1252 that says it is UTF-8', latin(feed(' encoding="UTF-8"')), undefined, ['charset-wrong']],
    ['windows-1252 that says something unheard of', latin(feed(' encoding="x-mine"')), undefined, ['charset-wrong']],
    ['UTF-8 that says it is ISO 8859-1', Buffer.from(feed(' encoding="ISO-8859-1"')), undefined, ['charset-wrong']],
    ['UTF-16 with a mark', Buffer.from(`\uFEFF${feed(' encoding="utf-16"')}`, 'utf16le'), undefined, ['charset']],
    ['UTF-16 big-endian', Buffer.from(`\uFEFF${feed('')}`, 'utf16le').swap16(), undefined, ['charset']],
    ['UTF-16 without a mark', Buffer.from(feed(' encoding="utf-16"'), 'utf16le'), undefined, ['charset']],
  ])('give their text: %s', (_name, bytes, http, codes) => {
    const { text } = decodeFeed(bytes, http);
    expect(text).toContain(`<t>${TITLE}</t>`);
    expect(text.startsWith('<?xml')).toBe(true);
    expect(codesOf(bytes, http)).toEqual(codes);
  });

  it('lose the control characters that XML forbids, and say so', () => {
    const { text, oddities } = decodeFeed(Buffer.from('<t>a\u0000b\u000Bc</t>'));
    expect(text).toBe('<t>abc</t>');
    expect(oddities[0]?.message).toContain('2 control characters');
  });
});
