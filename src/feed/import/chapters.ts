/** Chapters of imported episodes: those within the feed (Podlove Simple Chapters), and JSON Chapters that it names. */
import { z } from 'zod';
import type { Chapter } from '../../domain/episode.ts';
import { isWebAddress, Title } from '../../domain/room.ts';
import { childOf, childrenOf, type XmlNode } from './lenient-xml.ts';
import { type Oddities, quoted } from './oddity.ts';

const MOST_CHAPTERS = 1000;

/** Normal Play Time: `00:01:02.500`, `1:02`, `62.5`. */
function startSeconds(written: string | undefined): number | undefined {
  const match = /^(?:(?:(\d{1,3}):)?(\d{1,3}):)?(\d{1,6}(?:[.,]\d+)?)$/.exec(written?.trim() ?? '');
  if (!match) return undefined;
  const [, hours = '0', minutes = '0', seconds = '0'] = match;
  return (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds.replace(',', '.'));
}

interface FoundChapter {
  readonly start: number | undefined;
  readonly title: string | undefined;
  readonly url: string | undefined;
  readonly hasPicture: boolean;
}

function kept(found: readonly FoundChapter[], odd: Oddities): Chapter[] {
  const chapters: Chapter[] = [];
  for (const { start, title, url } of found.slice(0, MOST_CHAPTERS)) {
    const named = Title.safeParse(title);
    if (start === undefined || !named.success) {
      odd.lost('chapter-unreadable', `A chapter without a title or a start, ${quoted(title ?? '')}, is left out`);
      continue;
    }
    chapters.push({ startSeconds: start, title: named.data, ...(url && isWebAddress(url) ? { url } : {}) });
  }
  if (found.some(({ hasPicture }) => hasPicture)) {
    odd.lost('chapter-pictures', 'Pictures of the chapters are not taken over');
  }
  if (found.length > MOST_CHAPTERS)
    odd.lost('chapters-many', `Of ${found.length} chapters the first ${MOST_CHAPTERS} are taken`);
  return chapters.toSorted((a, b) => a.startSeconds - b.startSeconds);
}

/** Undefined where the item has none. */
export function simpleChapters(item: XmlNode, odd: Oddities): Chapter[] | undefined {
  const list = childrenOf(childOf(item, 'psc:chapters'), 'psc:chapter');
  if (list.length === 0) return undefined;
  const found = list.map(({ attributes: { start, title, href, image } }) => ({
    start: startSeconds(start),
    title,
    url: href,
    hasPicture: image !== undefined,
  }));
  return kept(found, odd);
}

const JsonChapters = z.object({
  chapters: z.array(
    z.object({
      startTime: z.union([z.number().nonnegative(), z.string()]),
      title: z.string().optional(),
      url: z.string().optional(),
      img: z.string().optional(),
      toc: z.boolean().optional(),
    }),
  ),
});

/** JSON Chapters of the Podcasting 2.0 namespace, 1.0 to 1.2. Undefined, and told, for what is none. */
export function jsonChapters(text: string, odd: Oddities): Chapter[] | undefined {
  const parsed = JsonChapters.safeParse(jsonOf(text));
  if (!parsed.success) {
    odd.lost('chapters-unreadable', 'What podcast:chapters names holds no JSON chapters: left out');
    return undefined;
  }
  const listed = parsed.data.chapters.filter(({ toc }) => toc !== false);
  if (listed.length < parsed.data.chapters.length) {
    odd.lost('chapters-hidden', 'Chapters that only show a picture (toc: false) are not taken over');
  }
  const found = listed.map(({ startTime, title, url, img }) => ({
    start: typeof startTime === 'number' ? startTime : startSeconds(startTime),
    title,
    url,
    hasPicture: img !== undefined,
  }));
  return kept(found, odd);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
}
