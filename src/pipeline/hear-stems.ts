/** Listens to stems of an earlier render, as if each were the one recording of its speaker. */
import type { Manifest } from '../domain/episode.ts';
import { PermanentFailure } from '../domain/failure.ts';
import { roomDurationSeconds, TrackKey } from '../domain/room.ts';
import type { AudioEngine } from './audio-engine.ts';
import type { UsableTrack } from './judge-track.ts';
import type { ObjectStore } from './ports.ts';
import type { RenderSteps } from './render-job.ts';
import { sideBySide } from './side-by-side.ts';
import type { StemSource } from './track-sources.ts';

const MARGIN_SECONDS = 60;

/** Noise was taken out, if it was, before they became stems. */
export async function hearStems(
  stems: readonly StemSource[],
  manifest: Manifest,
  { bucket, audio }: { readonly bucket: ObjectStore; readonly audio: AudioEngine },
  steps: RenderSteps,
): Promise<UsableTrack[]> {
  return sideBySide(stems, audio.threads, steps.signal, async (stem, signal, index) => {
    const { participantId, kind, key, noiseLufs } = stem;
    const file = `kept-stem-${index}`;
    const object = await bucket.get(key, { signal });
    if (!object) throw goneMeanwhile(key);
    const { sha256 } = await steps.folder.receive(file, object.body, signal);
    const sniffed = await audio.sniff(steps.folder.file(file));
    if (sniffed.kind === 'rejected') throw goneMeanwhile(key);
    const maxSeconds = roomDurationSeconds(manifest) + MARGIN_SECONDS;
    const lane = `${file}.lane`;
    const request = { file, format: sniffed.format, kind, maxSeconds, lane };
    const { hearing, timestamps } = await audio.listen(request, steps.under(signal).quietRun(maxSeconds));
    const track = { participantId, kind, key: TrackKey.parse(key), startedAt: manifest.startedAt };
    return {
      track: { ...track, state: 'present' as const },
      hearing: { ...hearing, noiseLufs },
      ...{ sha256, format: sniffed.format, timestamps, lane },
      hasEndMark: false,
      stem: { file },
    };
  });
}

function goneMeanwhile(key: string): PermanentFailure {
  return new PermanentFailure(
    'tracks-gone',
    `The audio was not made anew: the recording is no longer there, and what was kept of it (${key}) cannot be read.`,
  );
}
