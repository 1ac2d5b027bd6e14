/** Titles that break careless feeds and careless readers, and what a reader must show of them. */

export const ENTITIES = 'literally &amp; and &lt;b&gt; and &#60;';
export const COMMENT = '-- ?> <!-- comment -->';
export const HOSTILE: readonly { readonly name: string; readonly given: string; readonly read: string }[] = [
  ...[
    `Q&A: 1 < 2 > 0 "quoted" 'apostrophes'`,
    'the end ]]> of <![CDATA[ CDATA ]]>',
    '<script>alert(1)</script>',
    ENTITIES,
    '<lastBuildDate>never</lastBuildDate></title><item>',
    '😀 👩‍👩‍👧 🇵🇹 é',
    '日本語 العربية עברית',
    COMMENT,
  ].map((text) => ({ name: text, given: text, read: text })),
  { name: 'control characters', given: 'a\u0000b\u0007c\u001Bd\uFFFEe\uD800f', read: 'abcdef' },
  { name: 'a line break', given: 'one\r\n\ttwo', read: 'one two' },
  { name: 'an override', given: 'a \u202Etxet', read: '\u2068a \u202Etxet\u202C\u2069' },
  { name: 'far too long', given: '👍🏽'.repeat(500), read: `${'👍🏽'.repeat(63)}…` },
];
