/** Every speaker's sound by itself, aligned with the room, for somebody's own mix: made when it is asked for, never kept. */
import { mixPlan } from '../audio/mix-plan.ts';
import { SAMPLE_RATE_HZ } from '../audio/sample-clock.ts';
import type { Manifest } from '../domain/episode.ts';
import { PermanentFailure } from '../domain/failure.ts';
import { roomDurationSeconds } from '../domain/room.ts';
import { LoudnessTarget, SoundSettings } from '../domain/show.ts';
import type { AudioEngine } from './audio-engine.ts';
import { hearStems } from './hear-stems.ts';
import { hearTracks, keepSound } from './hear-tracks.ts';
import { makeStems, type Stem } from './make-stems.ts';
import { type MixedTracks, mixTracks } from './mix-tracks.ts';
import { plannedSound } from './planned-sound.ts';
import type { ObjectStore, WorkFolders } from './ports.ts';
import { type RenderJob, type RenderSteps, renderSteps } from './render-job.ts';
import { stemNames } from './stem-names.ts';
import { trackSources } from './track-sources.ts';
import { byVoice } from './voices.ts';

export interface StemDependencies {
  readonly bucket: ObjectStore;
  readonly trackStore: ObjectStore;
  readonly audio: AudioEngine;
  readonly workFolders: WorkFolders;
}

interface ArchiveEntry {
  readonly name: string;
  readonly modifiedAt: string;
  readonly body: string | { readonly file: string };
}

export interface StemArchive {
  /** FLAC files of 24 bits, then turns.json. Each is made when it is asked for, and gone when the next one is. */
  entries(): AsyncGenerator<ArchiveEntry>;
  /** Removes what it was made of. May be called twice. */
  close(): Promise<void>;
}

/**
 * Of those who are in the episode, and of nobody else: from the recordings, and where those are gone from the stems
 * that were kept. All is fetched, heard and placed when this returns, so what can fail has failed: PermanentFailure
 * with tracks-gone, no-usable-track, bad-request or ffmpeg-failed; PassingFailure when trying again may help.
 */
export async function openStemArchive(
  manifest: Manifest,
  dependencies: StemDependencies,
  job: RenderJob,
): Promise<StemArchive> {
  const folder = await dependencies.workFolders.create(`stems-${manifest.id}`);
  try {
    const steps = renderSteps(folder, job);
    const mixed = await placeAll(manifest, dependencies, steps);
    return {
      entries: () => entriesOf(manifest, mixed, dependencies.audio, steps),
      close: () => folder.remove(),
    };
  } catch (error) {
    await folder.remove();
    throw error;
  }
}

/** The room from its first to its last moment, with nothing done to anybody. */
async function placeAll(manifest: Manifest, dependencies: StemDependencies, steps: RenderSteps): Promise<MixedTracks> {
  const { audio } = dependencies;
  const sources = await trackSources(manifest, dependencies);
  const heard = await hearTracks(sources.recordings, manifest, { reduceNoise: false }, dependencies, steps);
  const usable = [...heard.usable, ...(await hearStems(sources.stems, manifest, dependencies, steps))];
  await keepSound(heard.usable, audio, steps);
  const plan = mixPlan({
    roomDurationSamples: Math.round(roomDurationSeconds(manifest) * SAMPLE_RATE_HZ),
    tracks: usable.map((one) => plannedSound(one, manifest)),
    jingles: [],
    edit: {},
    target: LoudnessTarget.parse({}),
    sound: SoundSettings.parse({}),
  });
  const mixed = await mixTracks(plan, [], audio, steps);
  if (mixed.mix.sheet.cues.length > 0) return mixed;
  throw new PermanentFailure(
    'no-usable-track',
    'There is nothing to make stems of: no recording of anybody who is in this episode can be heard.',
  );
}

async function* entriesOf(
  manifest: Manifest,
  mixed: MixedTracks,
  audio: AudioEngine,
  steps: RenderSteps,
): AsyncGenerator<ArchiveEntry> {
  const { folder } = steps;
  const modifiedAt = manifest.endedAt;
  const wanted = byVoice(mixed.tracks);
  const nameOf = (id: string) => manifest.participants.find((person) => person.id === id)?.name;
  const names = stemNames(wanted, nameOf);
  const files: { participantId: string; kind: Stem['kind']; file: string }[] = [];
  for (const [index, { participantId, kind, tracks }] of wanted.entries()) {
    const [stem] = await makeStems({ ...mixed, tracks }, audio, steps, 'stem-flac');
    // Nothing is heard of them.
    if (!stem) continue;
    const file = `${names[index]}.flac`;
    files.push({ participantId, kind, file });
    yield { name: file, modifiedAt, body: { file: folder.file(stem.file) } };
    await folder.discard(stem.file);
    steps.report('encode', (index + 1) / wanted.length);
  }
  const durationSeconds = mixed.roomDurationSamples / SAMPLE_RATE_HZ;
  const turns = { format: 1, clock: 'room', durationSeconds, stems: files, turns: mixed.turns };
  yield { name: 'turns.json', modifiedAt, body: `${JSON.stringify(turns, undefined, 2)}\n` };
}
