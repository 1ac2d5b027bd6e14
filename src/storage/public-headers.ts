/**
 * What is told of a public file besides its bytes. The same is kept with the object and answered by our server, so that
 * a bucket behind a CDN needs no server of ours in front. Pure.
 */
import { downloadName } from './download-name.ts';

export interface PublicHeaders {
  readonly contentType: string;
  readonly cacheControl: string;
  /** Under which name a listener saves it. */
  readonly contentDisposition?: string;
}

/** What a key alone tells, with the episode's title where there is one. */
export function publicHeaders(key: string, title?: string): PublicHeaders {
  const contentDisposition = contentDispositionOf(key, title);
  return {
    contentType: contentTypeOf(key),
    cacheControl: cacheControlOf(key),
    ...(contentDisposition === undefined ? {} : { contentDisposition }),
  };
}

/** Longest suffix first. */
const CONTENT_TYPES: readonly (readonly [suffix: string, contentType: string])[] = [
  ['.chapters.json', 'application/json+chapters'],
  ['.json', 'application/json'],
  ['.xml', 'application/rss+xml; charset=utf-8'],
  ['.vtt', 'text/vtt; charset=utf-8'],
  ['.srt', 'application/x-subrip; charset=utf-8'],
  ['.txt', 'text/plain; charset=utf-8'],
  ['.mp3', 'audio/mpeg'],
  ['.m4a', 'audio/mp4'],
  ['.opus', 'audio/ogg; codecs=opus'],
  ['.jpg', 'image/jpeg'],
  ['.png', 'image/png'],
];
const MEDIA_TYPE = /^(?:audio|video)\/[\w.+-]+(?:; ?codecs="?[\w., +-]+"?)?$|^image\/(?:jpeg|png|gif|webp|avif)$/i;

/**
 * By suffix, except that sound, film and pictures keep the type under which they are stored: what was imported has
 * types of its own. Nothing is ever HTML, SVG or script, whoever wrote the object.
 */
export function contentTypeOf(key: string, storedAs = ''): string {
  if (MEDIA_TYPE.test(storedAs)) return storedAs;
  return CONTENT_TYPES.find(([suffix]) => key.endsWith(suffix))?.[1] ?? 'application/octet-stream';
}

/** Text that shrinks; sound and pictures are compressed already. */
export function isCompressible(key: string): boolean {
  return /\.(xml|json|vtt|srt|txt)$/.test(key);
}

/** A name that carries its content's hash never changes its bytes; a feed does. */
export function cacheControlOf(key: string): string {
  const name = key.slice(key.lastIndexOf('/') + 1);
  const whose = key.startsWith('private/') ? 'private' : 'public';
  return /(?:^|-)[0-9a-f]{16,64}\./.test(name) ? `${whose}, max-age=31536000, immutable` : `${whose}, max-age=60`;
}

/** A name that a person understands, for an episode's sound, whose key is a hash; undefined for other files. */
export function contentDispositionOf(key: string, title = ''): string | undefined {
  const match = /^(?:public|private)\/shows\/([a-z0-9-]+)\/episodes\/([A-Za-z0-9_-]+)\/[^/]+(\.[a-z0-9]{1,5})$/.exec(
    key,
  );
  const [, showId = '', episodeId = '', suffix = ''] = match ?? [];
  if (!/^\.(?:mp3|m4a|m4b|aac|opus|ogg|oga|flac|wav|mp4|m4v|mov|webm)$/.test(suffix)) return undefined;
  const { plain, encoded } = downloadName(title, `${showId}-${episodeId}`, suffix);
  return `inline; filename="${plain}"${encoded === undefined ? '' : `; filename*=UTF-8''${encoded}`}`;
}
