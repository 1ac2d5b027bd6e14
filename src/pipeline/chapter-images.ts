/** Makes the pictures of an episode's chapters public: fetched, converted, named by their content. A broken one costs a warning. */
import type { Chapter, PublicFile } from '../domain/episode.ts';
import type { Notice } from '../domain/failure.ts';
import { type Sha256, sha256 } from '../domain/ids.ts';
import type { ChapterImageMaker, ObjectStore } from './ports.ts';
import { readPicture } from './records.ts';

interface ChapterImageDependencies {
  readonly trackStore: ObjectStore;
  readonly makeChapterImage: ChapterImageMaker;
}

export interface PicturedChapters {
  readonly chapters: readonly Chapter[];
  /** JPEGs by the key of their public file. */
  readonly jpegs: ReadonlyMap<string, Uint8Array>;
  readonly files: readonly PublicFile[];
  readonly warnings: readonly Notice[];
}

/** `upload` gives the public file of a JPEG. One picture of several chapters is fetched and published once. */
export async function withChapterImages(
  chapters: readonly Chapter[],
  upload: (jpeg: Uint8Array, content: Sha256) => Promise<PublicFile>,
  { trackStore, makeChapterImage }: ChapterImageDependencies,
): Promise<PicturedChapters> {
  const files = new Map<string, PublicFile>();
  const jpegs = new Map<string, Uint8Array>();
  const warnings: Notice[] = [];
  for (const imageKey of new Set(chapters.flatMap((chapter) => chapter.imageKey ?? []))) {
    const given = await readPicture(trackStore, imageKey);
    if (typeof given === 'string') {
      const why = given === 'missing' ? 'is not in the store' : 'is too large to be a picture';
      warnings.push(warning(`chapter-image-${given}`, imageKey, why, chapters));
      continue;
    }
    const made = await makeChapterImage(given);
    if ('problem' in made) {
      warnings.push(warning('chapter-image-unusable', imageKey, `cannot be used: ${made.problem}`, chapters));
      continue;
    }
    const file = await upload(made.jpeg, sha256(made.jpeg));
    files.set(imageKey, file);
    jpegs.set(file.key, made.jpeg);
  }
  return {
    chapters: chapters.map((chapter) => {
      const { imageFile: _old, ...rest } = chapter;
      const file = chapter.imageKey === undefined ? undefined : files.get(chapter.imageKey);
      return file ? { ...rest, imageFile: file.key } : rest;
    }),
    jpegs,
    // Two pictures may be the same once they are small.
    files: [...new Map([...files.values()].map((file) => [file.key, file])).values()],
    warnings,
  };
}

function warning(code: string, imageKey: string, why: string, chapters: readonly Chapter[]): Notice {
  const titles = chapters.filter((chapter) => chapter.imageKey === imageKey).map(({ title }) => `“${title}”`);
  const where = `${titles.slice(0, 3).join(', ')}${titles.length > 3 ? ' and others' : ''}`;
  return {
    code,
    message: `The picture ${imageKey} of the chapter ${where} ${why}. The chapter is there without it: give a JPEG or PNG picture.`,
  };
}
