/** Text as outlines: letters drawn as vector paths, since a bare server has no fonts to set text with. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import opentype, { type Font, type PathCommand } from 'opentype.js';

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

/** Large letters want less room between them than the font gives for running text. */
const TRACKING = -0.015;

function lettersOf(text: string): { readonly letters: readonly Letter[]; readonly width: number } {
  const letters: Letter[] = [];
  let x = 0;
  for (const character of text) {
    const font = fontFor(character);
    if (!font) continue;
    letters.push({ font, character, x });
    x += (font.charToGlyph(character).advanceWidth ?? 0) / font.unitsPerEm + TRACKING;
  }
  return { letters, width: x };
}

/** In units of the font's size. What has no letterform takes no room. */
export function widthOf(text: string): number {
  return lettersOf(text).width;
}

const numbers = (...values: number[]) => values.map((value) => value.toFixed(1)).join(' ');

/** The library's own writer turns some coordinates into NaN, at which a drawing ends. */
function pathPart(command: PathCommand): string {
  switch (command.type) {
    case 'M':
    case 'L':
      return `${command.type}${numbers(command.x, command.y)}`;
    case 'Q':
      return `Q${numbers(command.x1, command.y1, command.x, command.y)}`;
    case 'C':
      return `C${numbers(command.x1, command.y1, command.x2, command.y2, command.x, command.y)}`;
    case 'Z':
      return 'Z';
  }
}

/** SVG path data of one line that begins at `x` on the baseline `y`. */
export function linePath(text: string, x: number, y: number, sizePx: number): string {
  return lettersOf(text)
    .letters.flatMap(
      ({ font, character, x: offset }) => font.charToGlyph(character).getPath(x + offset * sizePx, y, sizePx).commands,
    )
    .map(pathPart)
    .join('');
}
