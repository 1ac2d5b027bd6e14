/** The cover of what has none: sound drawn as bars in one of a few palettes, with the title. Pure: SVG from text. */
import { sha256 } from '../../domain/ids.ts';
import { isDrawable, linePath, widthOf } from './letterforms.ts';

const SIZE = 3000;
const MARGIN = 260;
const TEXT_WIDTH = SIZE - 2 * MARGIN;

/** Ground from corner to corner, bars, letters: each pair of letters and ground has a contrast of at least 7 to 1. */
const PALETTES = [
  { from: '#1b1f4b', to: '#3a1f5d', bars: ['#ff7a59', '#ffb86b'], text: '#fff6ea' },
  { from: '#06323b', to: '#0b4a43', bars: ['#43d9ad', '#c8f169'], text: '#f2fff8' },
  { from: '#3d0f1f', to: '#5a1a17', bars: ['#ff9770', '#ffd670'], text: '#fff4ec' },
  { from: '#10243f', to: '#123a63', bars: ['#5cc8ff', '#b8e1ff'], text: '#f3faff' },
  { from: '#22183a', to: '#40204f', bars: ['#ff6fb5', '#c79bff'], text: '#fdf2ff' },
  { from: '#1d2a17', to: '#30401a', bars: ['#b6e35a', '#f4f1a0'], text: '#fbfff0' },
  { from: '#2a1c10', to: '#4a2c12', bars: ['#ffb347', '#ffe29a'], text: '#fff8ec' },
  { from: '#14181f', to: '#2b3340', bars: ['#f25f5c', '#ffe066'], text: '#f8fafc' },
] as const;

/** Numbers from 0 to 1 that follow from the seed alone. */
function numbersOf(seed: string): (index: number) => number {
  const digest = Buffer.from(sha256(`cover\n${seed}`), 'hex');
  return (index) => (digest[index % digest.length] ?? 0) / 255;
}

const BAR_COUNT = 21;
/** Above the bottom fifth, over which apps lay progress and labels. */
const BARS_MIDDLE_Y = 1880;
const BARS_HEIGHT = 1040;

/** A waveform that swells in the middle, as a voice does, mirrored on its axis. */
function bars(number: (index: number) => number): string {
  const step = TEXT_WIDTH / (BAR_COUNT - 0.45);
  const width = step * 0.55;
  return Array.from({ length: BAR_COUNT }, (_, index) => {
    const swell = Math.sin((Math.PI * (index + 1)) / (BAR_COUNT + 1)) ** 0.7;
    const height = Math.max(width, BARS_HEIGHT * swell * (0.18 + 0.82 * number(index + 1)));
    const x = MARGIN + index * step;
    const y = BARS_MIDDLE_Y - height / 2;
    return `<rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${width.toFixed(1)}" height="${height.toFixed(1)}" rx="${(width / 2).toFixed(1)}"/>`;
  }).join('');
}

/** What letterforms exist for; a title that they cannot spell for the most part is not drawn at all. */
function drawableTitle(title: string): string {
  const normal = title.normalize('NFC').replace(/\s+/g, ' ').trim();
  const characters = [...normal].filter((character) => /[\p{L}\p{N}]/u.test(character));
  const drawable = characters.filter(isDrawable).length;
  if (drawable === 0 || drawable < characters.length * 0.8) return '';
  return [...normal].filter(isDrawable).join('').replace(/\s+/g, ' ').trim();
}

/** Greedy lines no wider than the text block; a word that is wider alone is broken. */
function wrap(title: string, sizePx: number): string[] {
  const lines: string[] = [];
  let line = '';
  const fits = (text: string) => widthOf(text) * sizePx <= TEXT_WIDTH;
  for (const word of title.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (fits(longer)) {
      line = longer;
      continue;
    }
    if (line !== '') lines.push(line);
    line = '';
    for (const character of word) {
      if (line !== '' && !fits(line + character)) {
        lines.push(line);
        line = '';
      }
      line += character;
    }
  }
  return line === '' ? lines : [...lines, line];
}

const TEXT_TOP = MARGIN;
const TEXT_BOTTOM = 1200;
const LINE_HEIGHT = 1.12;
const SIZES_PX = [460, 400, 350, 300, 260, 220, 190, 160];
const CAP_HEIGHT = 0.73;

const blockHeight = (lines: readonly string[], sizePx: number) =>
  sizePx * (CAP_HEIGHT + LINE_HEIGHT * (lines.length - 1));

/** The largest letters in which the title fits, without breaking a word where that can be helped. */
function layout(title: string): { readonly lines: readonly string[]; readonly sizePx: number } {
  const words = new Set(title.split(' '));
  const candidates = SIZES_PX.map((sizePx) => ({ sizePx, lines: wrap(title, sizePx) })).filter(
    ({ sizePx, lines }) => blockHeight(lines, sizePx) <= TEXT_BOTTOM - TEXT_TOP,
  );
  const unbroken = candidates.find(({ lines }) =>
    lines.every((line) => line.split(' ').every((word) => words.has(word))),
  );
  const best = unbroken ?? candidates[0];
  if (best) return best;
  const sizePx = SIZES_PX.at(-1) ?? 160;
  const most = 1 + Math.floor((TEXT_BOTTOM - TEXT_TOP - sizePx * CAP_HEIGHT) / (sizePx * LINE_HEIGHT));
  const kept = wrap(title, sizePx).slice(0, most);
  return { sizePx, lines: kept.map((line, index) => (index === most - 1 ? `${line.slice(0, -1)}…` : line)) };
}

function titlePaths(title: string): string {
  if (title === '') return '';
  const { lines, sizePx } = layout(title);
  const firstBaseline = TEXT_TOP + sizePx * CAP_HEIGHT;
  return lines
    .map((line, index) => `<path d="${linePath(line, MARGIN, firstBaseline + index * sizePx * LINE_HEIGHT, sizePx)}"/>`)
    .join('');
}

/** 3000 by 3000. The same title and seed give the same text; `seed` chooses palette and bars. */
export function defaultCoverSvg(title: string, seed: string): string {
  const number = numbersOf(seed);
  const palette = PALETTES[Math.floor(number(0) * 0.999 * PALETTES.length)] ?? PALETTES[0];
  const text = titlePaths(drawableTitle(title));
  const lift = text === '' ? SIZE / 2 - BARS_MIDDLE_Y : 0;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${SIZE}" height="${SIZE}" viewBox="0 0 ${SIZE} ${SIZE}">
<defs>
<linearGradient id="ground" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="${palette.from}"/><stop offset="1" stop-color="${palette.to}"/></linearGradient>
<linearGradient id="bars" gradientUnits="userSpaceOnUse" x1="${MARGIN}" y1="0" x2="${SIZE - MARGIN}" y2="0"><stop offset="0" stop-color="${palette.bars[0]}"/><stop offset="1" stop-color="${palette.bars[1]}"/></linearGradient>
</defs>
<rect width="${SIZE}" height="${SIZE}" fill="url(#ground)"/>
<g fill="url(#bars)" transform="translate(0 ${lift})">${bars(number)}</g>
<g fill="${palette.text}">${text}</g>
</svg>`;
}
