/** Text that a feed may carry. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutText } from '../../src/domain/room.ts';
import { asHtmlParagraphs, asLenientHtml, feedLine, isolateDirections } from '../../src/feed/feed-text.ts';

describe('directions', () => {
  it('that override are closed and isolated, line by line', () => {
    expect(isolateDirections('a \u202Eb\nc')).toBe('\u2068a \u202Eb\u202C\u2069\nc');
    expect(isolateDirections('\u202Aa\u202C')).toBe('\u2068\u202Aa\u202C\u2069');
  });

  it('that are isolated already stay as they are, and closers of nothing are dropped', () => {
    expect(isolateDirections('\u2067\u202Ea\u202C\u2069')).toBe('\u2067\u202Ea\u202C\u2069');
    expect(isolateDirections('a\u2069\u202Cb')).toBe('ab');
    expect(isolateDirections('\u2067a')).toBe('\u2067a\u2069');
  });

  it('of plain right-to-left text need nothing', () => {
    expect(isolateDirections('שלום עולם')).toBe('שלום עולם');
  });

  it('end in balance for any text, and the second time changes nothing', () => {
    const unit = fc.constantFrom('a', '\n', ...'\u202A\u202B\u202C\u202D\u202E\u2066\u2067\u2068\u2069');
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 20 }), (text) => {
        const once = isolateDirections(text);
        expect(isolateDirections(once)).toBe(once);
        for (const line of once.split('\n')) {
          expect(line.match(/[\u2066-\u2068]/g)?.length ?? 0).toBe(line.match(/\u2069/g)?.length ?? 0);
          expect(line.match(/[\u202A\u202B\u202D\u202E]/g)?.length ?? 0).toBe(line.match(/\u202C/g)?.length ?? 0);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('texts that are stepped over because they look harmless', () => {
  const unit = fc.constantFrom(
    ...'ab &<;:/\t\n\r\u0000\u0085\u00A0\uD800\uDC00\uFFFD\uFFFE\u3000é€',
    'http://a.example',
    '&amp;',
    '<b>',
  );
  const ofAnyText = (check: (text: string) => void) =>
    fc.assert(fc.property(fc.string({ unit, maxLength: 12 }), check), { numRuns: 3000, seed: 7 });

  it('come out as if every rule had been applied', () => {
    ofAnyText((text) => {
      const clean = text
        .toWellFormed()
        .replaceAll('\uFFFD', '')
        .replace(/\r\n?/g, '\n')
        .replace(/[\p{Cc}\uFFFE\uFFFF]/gu, (character) => ('\t\n'.includes(character) ? character : ''));
      expect(feedLine(text, 512)).toBe(clean.replace(/\s+/g, ' ').trim());
      expect(asLenientHtml(text)).toBe(
        text.replace(/&(?=#?[a-zA-Z0-9]+;)/g, '&amp;').replace(/<(?=[a-zA-Z/!?])/g, '&lt;'),
      );
    });
  });

  it('are cut by their bytes, whatever their length', () => {
    ofAnyText((text) => {
      for (const most of [3, 6, 12]) {
        const wellFormed = text.toWellFormed();
        const cut = cutText(wellFormed, most);
        expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(most);
        expect(cut === wellFormed).toBe(Buffer.byteLength(wellFormed) <= most);
      }
    });
  });
});

it('a cut falls between graphemes', () => {
  expect(feedLine('👩‍👩‍👧👩‍👩‍👧', 25)).toBe('👩‍👩‍👧…');
});

it('a cut keeps all whole graphemes that fit, and no more bytes than asked for', () => {
  const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
  const unit = fc.constantFrom('👩‍👩‍👧', '🇩🇪', 'e\u0301', 'क्ष', 'a', 'é', ' ', '\u200D', '\r\n');
  fc.assert(
    fc.property(
      fc.array(unit, { minLength: 12, maxLength: 60 }),
      fc.integer({ min: 3, max: 11 }),
      (units, maxBytes) => {
        const text = units.join('');
        let expected = '';
        for (const { segment } of graphemes.segment(text)) {
          if (Buffer.byteLength(`${expected}${segment}…`) > maxBytes) break;
          expected += segment;
        }
        expect(cutText(text, maxBytes)).toBe(`${expected}…`);
      },
    ),
    { numRuns: 500 },
  );
});

it('markup is paragraphs, line breaks and links, and nothing of what was typed', () => {
  expect(asHtmlParagraphs('One\ntwo\n\n\n <i>three</i> (https://a.example/b).')).toBe(
    '<p>One<br/>two</p>\n<p>&lt;i&gt;three&lt;/i&gt; (<a href="https://a.example/b">https://a.example/b</a>).</p>',
  );
  expect(asHtmlParagraphs('javascript:alert(1) data:text/html,x')).toBe('<p>javascript:alert(1) data:text/html,x</p>');
  expect(asHtmlParagraphs(' \n ')).toBe('');
});
