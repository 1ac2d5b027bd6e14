/** Which recordings are accepted, what they are called, and what ffmpeg may open while it reads one. */

export interface TrackFormat {
  /** In words a creator knows. */
  readonly label: string;
  /** The one ffmpeg demuxer allowed to read it: a playlist or a manifest that names other files is none of these. */
  readonly demuxer: string;
  readonly codecs: readonly string[];
  /** True where samples may be NaN, infinite or thousands of times full scale: floating-point PCM. */
  readonly mayHoldWildSamples?: boolean;
}

const OPUS = ['opus', 'libopus'];
const MP3 = ['mp3', 'mp3float'];
const INTEGER_PCM = ['pcm_u8', 'pcm_s16le', 'pcm_s24le', 'pcm_s32le'];

const OGG: TrackFormat = {
  label: 'Ogg',
  demuxer: 'ogg',
  codecs: [...OPUS, 'vorbis', 'flac'],
};
const MATROSKA: TrackFormat = {
  label: 'WebM or Matroska',
  demuxer: 'matroska',
  codecs: [...OPUS, 'vorbis', 'flac', 'aac', ...MP3, ...INTEGER_PCM],
};
const MP4: TrackFormat = {
  label: 'M4A or MP4',
  demuxer: 'mov',
  codecs: ['aac', 'flac', ...OPUS, ...MP3],
};

/** By the media type that the first bytes show. */
const FORMATS: Readonly<Record<string, TrackFormat>> = {
  'audio/ogg': OGG,
  'audio/ogg; codecs=opus': OGG,
  'application/ogg': OGG,
  'video/ogg': OGG,
  'video/webm': MATROSKA,
  'audio/webm': MATROSKA,
  'video/matroska': MATROSKA,
  'video/x-matroska': MATROSKA,
  'audio/matroska': MATROSKA,
  'audio/wav': {
    label: 'WAV',
    demuxer: 'wav',
    codecs: [...INTEGER_PCM, 'pcm_f32le', 'pcm_f64le'],
  },
  'audio/flac': { label: 'FLAC', demuxer: 'flac', codecs: ['flac'] },
  'audio/x-flac': { label: 'FLAC', demuxer: 'flac', codecs: ['flac'] },
  'audio/mpeg': { label: 'MP3', demuxer: 'mp3', codecs: MP3 },
  'audio/mp4': MP4,
  'audio/x-m4a': MP4,
  'video/mp4': MP4,
  'audio/aac': { label: 'AAC', demuxer: 'aac', codecs: ['aac'] },
};

export const ACCEPTED_LABELS = 'Ogg (Opus, Vorbis, FLAC), WebM, Matroska, WAV, FLAC, MP3, M4A, MP4 or AAC';

export function trackFormatOf(mediaType: string): TrackFormat | undefined {
  return Object.hasOwn(FORMATS, mediaType) ? FORMATS[mediaType] : undefined;
}
