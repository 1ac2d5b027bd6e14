/** Levels, mixes and encodes assessed tracks, and stores master and report under the render key, unless they are there. */
import { levelSpeakers, type SpeakerLevel, trackGainDb } from '../audio/levelling.ts';
import { mixPlan, type PlannedTrack, renderKeyOf } from '../audio/mix-plan.ts';
import { RenderReport } from '../audio/report.ts';
import { SAMPLE_RATE_HZ } from '../audio/sample-clock.ts';
import { type EpisodeWindow, placePieces, startOffsetSamples } from '../audio/timeline.ts';
import { PermanentFailure } from '../domain/failure.ts';
import type { EpisodeId, Sha256 } from '../domain/ids.ts';
import type { LoudnessTarget } from '../domain/show.ts';
import { masterKey, reportKey } from '../storage/object-keys.ts';
import type { Assessment, UsableTrack } from './assess-tracks.ts';
import type { AudioEngine } from './audio-engine.ts';
import { type MasteredAudio, masterAudio } from './master-audio.ts';
import type { Log, ObjectStore } from './ports.ts';
import type { RenderSteps } from './render-job.ts';

export interface MasterDependencies {
  readonly bucket: ObjectStore;
  readonly audio: AudioEngine;
  readonly log: Log;
}

type Placed = PlannedTrack & { readonly usable: UsableTrack };

/**
 * The report of the master, made now or found under its render key.
 * Throws PermanentFailure: no-usable-track, all-silent, mix-out-of-bounds, ffmpeg-failed.
 */
export async function makeMaster(
  { usable, warnings }: Assessment,
  episode: EpisodeWindow & { readonly id: EpisodeId },
  target: LoudnessTarget,
  { bucket, audio, log }: MasterDependencies,
  steps: RenderSteps,
): Promise<RenderReport> {
  const placed = usable.map(
    (one): Placed => ({
      participantId: one.track.participantId,
      kind: one.track.kind,
      sha256: one.sha256,
      startOffsetSamples: startOffsetSamples(one.track, episode),
      usable: one,
    }),
  );
  const plan = mixPlan(episode, placed, target);
  const renderKey = renderKeyOf(plan, await audio.identity(), episode.id);
  const known = await storedReport(bucket, renderKey, steps.signal);
  if (known) {
    log.info({ renderKey }, 'this audio was made before; it is not made again');
    return { ...known, warnings: [...warnings] };
  }
  const levels = levelSpeakers(
    plan.tracks.map((track) => ({ ...track, blocksLufs: track.usable.analysis.blocksLufs })),
  );
  const inputs = plan.tracks.flatMap((track) => {
    const { file, format, maxSeconds, analysis } = track.usable;
    const pieces = placePieces(analysis.timestamps.pieces, track.startOffsetSamples, episode);
    return pieces.length === 0 ? [] : [{ file, format, maxSeconds, pieces, gainDb: trackGainDb(track, levels) }];
  });
  if (inputs.length === 0) {
    throw new PermanentFailure(
      'no-usable-track',
      'All recordings lie before or after the room: check their startedAt.',
    );
  }
  const mastered = await masterAudio(inputs, plan, audio, steps);
  const report = await reportOf(mastered);
  const stored = { contentType: 'audio/mpeg', signal: steps.signal };
  await bucket.put(masterKey(renderKey), { file: steps.folder.file(mastered.file) }, stored);
  // The report comes last: where it is, the master is.
  await bucket.put(reportKey(renderKey), JSON.stringify(report, undefined, 2), {
    ...stored,
    contentType: 'application/json',
  });
  return report;

  async function reportOf({
    durationSeconds,
    before,
    after,
    finish,
    encoderLossDb,
  }: MasteredAudio): Promise<RenderReport> {
    return RenderReport.parse({
      format: 1,
      renderKey,
      recipe: plan.recipe,
      ffmpegVersion: await audio.version(),
      durationSeconds,
      target,
      loudness: { before, after },
      gainDb: finish.gainDb,
      limitDbtp: finish.limitDbtp,
      encoderLossDb,
      speakers: levels.map((level) => speakerReport(level, plan.tracks)),
      warnings,
    });
  }
}

function speakerReport(level: SpeakerLevel, tracks: readonly Placed[]): RenderReport['speakers'][number] {
  return {
    ...level,
    tracks: tracks
      .filter((track) => track.participantId === level.participantId)
      .map(({ sha256, kind, startOffsetSamples: offset, usable }) => ({
        sha256,
        kind,
        format: usable.format.label,
        startOffsetSeconds: offset / SAMPLE_RATE_HZ,
        decodedSeconds: usable.analysis.timestamps.decodedSeconds,
        gapSeconds: usable.analysis.timestamps.gapSeconds,
        gapCount: usable.analysis.timestamps.gapCount,
        inputLufs: usable.inputLufs,
        inputPeakDbfs: usable.analysis.samplePeakDbfs,
      })),
  };
}

/** Undefined when the work is not done yet, or only half stored. */
async function storedReport(bucket: ObjectStore, renderKey: Sha256, signal: AbortSignal) {
  if (!(await bucket.head(masterKey(renderKey), signal))) return undefined;
  const object = await bucket.get(reportKey(renderKey), { signal });
  if (!object) return undefined;
  const chunks: Buffer[] = [];
  for await (const chunk of object.body) chunks.push(Buffer.from(chunk));
  const parsed = RenderReport.safeParse(JSON.parse(Buffer.concat(chunks).toString('utf8')));
  return parsed.success ? parsed.data : undefined;
}
