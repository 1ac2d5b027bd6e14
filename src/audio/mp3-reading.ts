/** Reads a finished MP3 piece by piece, without decoding it: how many frames it has, of what kind, and what its header promises. */
import { frameAt, type Mp3Frame, Mp3Malformed, sideInfoBytes } from './mp3-frames.ts';
import { MP3_FRAME_SAMPLES } from './slices.ts';

export interface Mp3Account {
  /** Frames of sound: all but the header's. */
  readonly frameCount: number;
  readonly sampleRateHz: number;
  /** Of all frames of sound; undefined where they differ. */
  readonly channelMode: Mp3Frame['channelMode'] | undefined;
  /** Undefined where the first frame holds no "Info" header. */
  readonly header?: {
    readonly frameCount: number;
    /** The header's own frame included. */
    readonly byteCount: number;
    readonly durationSamples: number;
  };
}

/** A frame of 320 kbit/s at 32 kHz, the longest that there is. */
const MOST_FRAME_BYTES = 1441;
/** Offsets from the word "Info", as mp3-info-frame.ts writes them. */
const FRAMES_AT = 8;
const BYTES_AT = 12;
const DELAYS_AT = 141;

/** Fed with what lies between the tags, in pieces of any length. Throws Mp3Malformed where a frame should begin and none does. */
export class Mp3Reading {
  #rest = new Uint8Array();
  #readBytes = 0;
  #frames = 0;
  #first: Mp3Frame | undefined;
  #isOneKind = true;
  #header: Mp3Account['header'];

  add(piece: Uint8Array): void {
    const bytes = new Uint8Array(this.#rest.length + piece.length);
    bytes.set(this.#rest);
    bytes.set(piece, this.#rest.length);
    this.#read(bytes, bytes.length - MOST_FRAME_BYTES);
  }

  end(): Mp3Account {
    this.#read(this.#rest, this.#rest.length - 1);
    if (this.#first === undefined) throw new Mp3Malformed('there is no MP3 frame of sound at all');
    return {
      frameCount: this.#frames - (this.#header ? 1 : 0),
      sampleRateHz: this.#first.sampleRateHz,
      channelMode: this.#isOneKind ? this.#first.channelMode : undefined,
      ...(this.#header ? { header: this.#header } : {}),
    };
  }

  /** Every frame that begins at `lastStart` or before. */
  #read(bytes: Uint8Array, lastStart: number): void {
    let offset = 0;
    while (offset <= lastStart) {
      const frame = this.#frameAt(bytes, offset);
      if (this.#frames === 0) this.#header = headerIn(bytes, frame);
      // The header's frame carries no sound, and need not be of its kind.
      if (this.#frames > 0 || this.#header === undefined) this.#noteKind(frame);
      this.#frames += 1;
      offset += frame.length;
    }
    this.#readBytes += offset;
    this.#rest = bytes.slice(offset);
  }

  #noteKind(frame: Mp3Frame): void {
    this.#first ??= frame;
    if (frame.channelMode !== this.#first.channelMode || frame.sampleRateHz !== this.#first.sampleRateHz) {
      this.#isOneKind = false;
    }
  }

  #frameAt(bytes: Uint8Array, offset: number): Mp3Frame {
    try {
      return frameAt(bytes, offset);
    } catch (error) {
      if (!(error instanceof Mp3Malformed)) throw error;
      const why = error.message.replace(/^.*?: /, '');
      throw new Mp3Malformed(`after ${this.#frames} MP3 frames, at byte ${this.#readBytes + offset}: ${why}`, {
        cause: error,
      });
    }
  }
}

function headerIn(bytes: Uint8Array, frame: Mp3Frame): Mp3Account['header'] {
  const at = frame.offset + 4 + sideInfoBytes(frame.channelMode);
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, frame.offset + frame.length - at);
  if (view.byteLength < DELAYS_AT + 3) return undefined;
  const word = String.fromCharCode(...bytes.subarray(at, at + 4));
  if (word !== 'Info' && word !== 'Xing') return undefined;
  const frameCount = view.getUint32(FRAMES_AT);
  const delays = (view.getUint8(DELAYS_AT) << 16) | view.getUint16(DELAYS_AT + 1);
  const [delay, padding] = [delays >> 12, delays & 0xfff];
  return {
    frameCount,
    byteCount: view.getUint32(BYTES_AT),
    durationSamples: frameCount * MP3_FRAME_SAMPLES - delay - padding,
  };
}
