/** What a finished recording is, and how long: by its bytes, read to their end. What it calls itself proves nothing. */
import { fileTypeFromFile } from 'file-type';
import { type IAudioMetadata, parseFile } from 'music-metadata';
import { messageOf } from '../domain/failure.ts';
import type { MediaReader } from '../pipeline/web.ts';

interface MediaType {
  readonly contentType: string;
  readonly suffix: string;
}

const MP3 = { contentType: 'audio/mpeg', suffix: '.mp3' };
const M4A = { contentType: 'audio/mp4', suffix: '.m4a' };
const MP4 = { contentType: 'video/mp4', suffix: '.mp4' };
const OGG = { contentType: 'audio/ogg', suffix: '.ogg' };
const OPUS = { contentType: 'audio/ogg; codecs=opus', suffix: '.opus' };

/** What podcast apps play. */
const TYPES: Readonly<Record<string, MediaType>> = {
  'audio/mpeg': MP3,
  ...{ 'audio/mp4': M4A, 'audio/x-m4a': M4A, 'audio/x-m4b': M4A, 'video/mp4': MP4, 'video/x-m4v': MP4 },
  ...{ 'audio/ogg': OGG, 'application/ogg': OGG, 'audio/ogg; codecs=opus': OPUS, 'audio/opus': OPUS },
  'audio/aac': { contentType: 'audio/aac', suffix: '.aac' },
  'audio/wav': { contentType: 'audio/wav', suffix: '.wav' },
  'audio/flac': { contentType: 'audio/flac', suffix: '.flac' },
  'audio/x-flac': { contentType: 'audio/flac', suffix: '.flac' },
  'video/quicktime': { contentType: 'video/quicktime', suffix: '.mov' },
};

const rejected = (reason: string) => ({ kind: 'rejected' as const, reason });

/** An MP4 file without pictures is sound, whatever its brand says. */
function typeOf(mime: string, { format }: IAudioMetadata): MediaType | undefined {
  const type = TYPES[mime];
  return type === MP4 && format.hasVideo === false ? M4A : type;
}

export const readMedia: MediaReader = async (path) => {
  const found = await fileTypeFromFile(path).catch(() => undefined);
  if (!found) return rejected('it is no recording that is known');
  if (!TYPES[found.mime]) return rejected(`it is of type ${found.mime}, which podcast apps do not play`);
  try {
    const metadata = await parseFile(path, { duration: true, skipCovers: true });
    const type = typeOf(found.mime, metadata);
    const durationSeconds = metadata.format.duration ?? 0;
    if (!type || !(durationSeconds > 0)) return rejected('there is nothing in it to be heard');
    return { kind: 'accepted', ...type, durationSeconds };
  } catch (error) {
    return rejected(`it cannot be read: ${messageOf(error)}`);
  }
};
