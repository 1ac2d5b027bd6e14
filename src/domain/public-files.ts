/** The public files of an episode: together they are published, superseded and removed. Pure. */
import type { Manifest, PublicFile } from './episode.ts';

type PublicFileField = 'audio' | 'cover' | 'chaptersFile' | 'passportFile' | 'alternates' | 'chapterImages';

export function publicKeys(manifest: Manifest): string[] {
  return filesOf(manifest).map(({ key }) => key);
}

export function filesOf(
  files: { readonly [file in 'audio' | 'cover' | 'chaptersFile' | 'passportFile']?: PublicFile | undefined } & {
    readonly [files in 'alternates' | 'chapterImages']?: readonly PublicFile[] | undefined;
  },
): PublicFile[] {
  const { audio, cover, chaptersFile, passportFile, alternates = [], chapterImages = [] } = files;
  return [audio, cover, chaptersFile, passportFile, ...alternates, ...chapterImages].filter(
    (file) => file !== undefined,
  );
}

/** As it is when nothing of it is public. */
export function withoutPublicFiles(manifest: Manifest): Omit<Manifest, PublicFileField> {
  const {
    audio: _audio,
    cover: _cover,
    chaptersFile: _chapters,
    passportFile: _passport,
    alternates: _alternates,
    chapterImages: _images,
    ...rest
  } = manifest;
  return rest;
}
