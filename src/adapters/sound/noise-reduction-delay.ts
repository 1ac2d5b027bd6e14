/** Finds out how an ffmpeg's noise reduction handles its own delay: some builds hand everything out late, others drop the end. */
import { writeFile } from 'node:fs/promises';
import { SAMPLE_RATE_HZ } from '../../audio/sample-clock.ts';
import { trackFormatOf } from '../../audio/track-formats.ts';
import type { EngineRun, HeardTrack, ListenRequest } from '../../pipeline/audio-engine.ts';

const PROBE_SAMPLES = 24_000;
const FLOAT_PCM = 3;

/** True when sound comes out late and as long as it went in. */
export async function comesLate(
  listenReduced: (request: ListenRequest) => Promise<HeardTrack>,
  { folder }: EngineRun,
): Promise<boolean> {
  const format = trackFormatOf('audio/wav');
  if (!format) throw new Error('WAV is missing from the table of formats');
  const file = 'noise-probe.wav';
  await writeFile(folder.file(file), probe());
  const request = { file, format, kind: 'music' as const, maxSeconds: 10, lane: 'noise-probe.lane' };
  const { hearing } = await listenReduced(request);
  return hearing.decodedSamples === PROBE_SAMPLES;
}

/** Half a second of silence, as 32-bit floats. */
function probe(): Uint8Array {
  const bytes = Buffer.alloc(44 + 4 * PROBE_SAMPLES);
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write('WAVEfmt ', 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(FLOAT_PCM, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(SAMPLE_RATE_HZ, 24);
  bytes.writeUInt32LE(4 * SAMPLE_RATE_HZ, 28);
  bytes.writeUInt16LE(4, 32);
  bytes.writeUInt16LE(32, 34);
  bytes.write('data', 36);
  bytes.writeUInt32LE(4 * PROBE_SAMPLES, 40);
  return bytes;
}
