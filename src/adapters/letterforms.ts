/** Text as outlines: letters drawn as vector paths, since a bare server has no fonts to set text with. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import opentype, { type Font } from 'opentype.js';

const require = createRequire(import.meta.url);

/** Inter ExtraBold in the parts it is packed in (SIL Open Font License), the commonest first. */
const PARTS = ['latin', 'latin-ext', 'cyrillic', 'greek', 'vietnamese', 'cyrillic-ext', 'greek-ext'];
const loaded = new Map<string, Font>();

function fontPart(part: string): Font {
  const known = loaded.get(part);
  if (known) return known;
  const bytes = readFileSync(require.resolve(`@fontsource/inter/files/inter-${part}-800-normal.woff`));
  const font = opentype.parse(new Uint8Array(bytes).buffer);
  loaded.set(part, font);
  return font;
}

/** Glyph 0 is the empty box that stands for what a font lacks. */
function fontFor(character: string): Font | undefined {
  return PARTS.map(fontPart).find((font) => font.charToGlyphIndex(character) > 0);
}

export function isDrawable(character: string): boolean {
  return fontFor(character) !== undefined;
}

interface Letter {
  readonly font: Font;
  readonly character: string;
  /** From the line's beginning, in units of the font's size. */
  readonly x: number;
}

function lettersOf(text: string): { readonly letters: readonly Letter[]; readonly width: number } {
  const letters: Letter[] = [];
  let x = 0;
  let previous: { readonly font: Font; readonly character: string } | undefined;
  for (const character of text) {
    const font = fontFor(character);
    if (!font) continue;
    const glyph = font.charToGlyph(character);
    if (previous?.font === font) {
      x += font.getKerningValue(font.charToGlyph(previous.character), glyph) / font.unitsPerEm;
    }
    letters.push({ font, character, x });
    x += (glyph.advanceWidth ?? 0) / font.unitsPerEm;
    previous = { font, character };
  }
  return { letters, width: x };
}

/** In units of the font's size. What has no letterform takes no room. */
export function widthOf(text: string): number {
  return lettersOf(text).width;
}

/** SVG path data of one line that begins at `x` on the baseline `y`. */
export function linePath(text: string, x: number, y: number, sizePx: number): string {
  return lettersOf(text)
    .letters.map((letter) =>
      letter.font
        .charToGlyph(letter.character)
        .getPath(x + letter.x * sizePx, y, sizePx)
        .toPathData(1),
    )
    .join('');
}
