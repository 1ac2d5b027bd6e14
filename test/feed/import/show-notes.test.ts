/** Show notes and titles of other hosts: safe, whole, and escaped as often as they should be. */
import { describe, expect, it } from 'vitest';
import { plainTextOf, safeHtml } from '../../../src/feed/import/html.ts';
import { Oddities } from '../../../src/feed/import/oddity.ts';
import { readNotes, readTitle } from '../../../src/feed/import/show-notes.ts';

const context = { base: undefined, isOurs: false };
const notes = (text: string) => {
  const odd = new Oddities();
  return { ...readNotes(text, 'description', context, odd), codes: odd.found.map(({ code }) => code) };
};
const title = (text: string, isOurs = false) => {
  const odd = new Oddities();
  return [readTitle(text, { ...context, isOurs }, odd), odd.found.map(({ code }) => code)];
};

describe('HTML of other hosts', () => {
  it('keeps what podcast apps show, and nothing that could do anything', () => {
    const { html, dropped } = safeHtml(
      '<p onclick="x()">Hello <b>you</b> &amp; me</p><script>alert(1)</script><a href="javascript:alert(1)">no</a>' +
        '<a href="https://x.example/?a=1&b=2" style="x">yes</a><img src=x onerror=alert(1)><ul><li>one<li>two</ul>',
    );
    expect(html).toBe(
      '<p>Hello <b>you</b> &amp; me</p>no<a href="https://x.example/?a=1&amp;b=2">yes</a><ul><li>one</li><li>two</li></ul>',
    );
    expect([...dropped]).toEqual(['script', 'a', 'img']);
  });

  it.each([
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    '<scr<script>ipt>alert(1)</scr</script>ipt>',
    '<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style>',
    '<a href="jav\tascript:alert(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    '<svg/onload=alert(1)>',
    '<p><a href="https://x.example/"onmouseover="alert(1)">x</a>',
  ])('lets nothing through that runs: %s', (source) => {
    expect(safeHtml(source).html).not.toMatch(/<[^>]*(script|onerror|onload|onmouseover|data:|style)/i);
  });

  it('closes what was left open', () => {
    expect(safeHtml('<p>one <em>two').html).toBe('<p>one <em>two</em></p>');
  });

  it('reads as plain text with its paragraphs, lists and links', () => {
    const html =
      '<p>One\n  line<br>two</p><div>three</div><ul><li>four</li><li><a href="https://x.example/y">five</a></li></ul>';
    expect(plainTextOf(html)).toBe('One line\ntwo\n\nthree\n• four\n• five (https://x.example/y)');
  });

  it('is not parsed where it is no show notes but an attack on parsers', () => {
    const bomb = '<div>'.repeat(200_000);
    expect(notes(`${bomb}text`)).toMatchObject({ plain: 'text', codes: ['description-too-large'] });
  });
});

describe('A description', () => {
  it('that is plain keeps its lines, and RSS’s own escaping is undone', () => {
    expect(notes('One &lt; two\n\nQ&amp;A')).toEqual({ plain: 'One < two\n\nQ&A', codes: [] });
  });

  it('that was escaped twice is read as what it was', () => {
    expect(notes('&lt;p&gt;Bold &amp;amp; new&lt;/p&gt;')).toMatchObject({
      plain: 'Bold & new',
      html: '<p>Bold &amp; new</p>',
      codes: ['description-double-encoded'],
    });
  });

  it('longer than 4,000 bytes is cut as plain text and whole as HTML, and that is said', () => {
    const { plain, html, codes } = notes(`<p>${'word '.repeat(2000)}</p>`);
    expect(Buffer.byteLength(plain)).toBeLessThanOrEqual(4000);
    expect(html?.length).toBeGreaterThan(9000);
    expect(codes).toEqual(['description-cut']);
  });
});

describe('A title', () => {
  it.each([
    ['Q&amp;A', 'Q&A', ['title-double-encoded']],
    ['Caf&amp;eacute; &#8217;', 'Café ’', ['title-double-encoded']],
    ['<b>Bold</b> claims', 'Bold claims', ['title-html']],
    ['1 < 2 & 3 > 2 <guest>', '1 < 2 & 3 > 2 <guest>', []],
    [`${'long '.repeat(200)}`, expect.stringMatching(/…$/), ['title-cut']],
  ])('is read: %s', (written, expected, codes) => {
    expect(title(written)).toEqual([expected, codes]);
  });

  it('of our own feed is taken as it stands', () => {
    expect(title('How to write &amp; in <b>HTML</b>', true)).toEqual(['How to write &amp; in <b>HTML</b>', []]);
  });
});
