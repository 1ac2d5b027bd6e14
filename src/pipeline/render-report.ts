/** Writes down how a master came about, from what the stages of a render found out. */
import { microphoneFindings } from '../audio/microphone-findings.ts';
import type { MixPlan } from '../audio/mix-plan.ts';
import { recipeParameters } from '../audio/recipe-parameters.ts';
import { RenderReport, type ReportedSpeaker, type ReportedTrack } from '../audio/report.ts';
import { SAMPLE_RATE_HZ, STEPS_PER_SECOND } from '../audio/sample-clock.ts';
import type { Chapter } from '../domain/episode.ts';
import type { Notice } from '../domain/failure.ts';
import type { ParticipantId, Sha256 } from '../domain/ids.ts';
import type { MasteredAudio } from './master-mix.ts';
import type { MixedTracks } from './mix-tracks.ts';
import type { PlannedSound } from './planned-sound.ts';

export interface Reported {
  readonly renderKey: Sha256;
  readonly plan: MixPlan<PlannedSound>;
  readonly mixed: MixedTracks;
  readonly mastered: MasteredAudio;
  readonly warnings: readonly Notice[];
  readonly ffmpegVersion: string;
  readonly chapters: readonly Chapter[];
}

export function reportOf({
  renderKey,
  plan,
  mixed,
  mastered,
  warnings,
  ffmpegVersion,
  chapters,
}: Reported): RenderReport {
  const { level, after, finish, encoderLossDb, wasCorrected, durationSeconds } = mastered;
  const { pieces } = mixed.clock;
  const keptSamples = pieces.reduce((sum, { length }) => sum + length, 0);
  const introSamples = pieces[0]?.episodeFrom ?? 0;
  const speakerOf = (track: number): ParticipantId => {
    const found = plan.tracks[track];
    if (found === undefined) throw new Error(`there is no track ${track} in the plan`);
    return found.participantId;
  };
  return RenderReport.parse({
    format: 2,
    renderKey,
    recipe: plan.recipe,
    ffmpegVersion,
    durationSeconds,
    target: plan.target,
    sound: plan.sound,
    loudness: { before: level.mixLufs, predicted: level.predictedLufs - encoderLossDb, after },
    gainDb: finish.gainDb,
    limitDbtp: finish.limitDbtp,
    encoderLossDb,
    wasCorrected,
    rehearsedSeconds: level.rehearsedSeconds,
    speakers: speakersOf(plan, mixed),
    bleeds: mixed.bleeds.map(({ a, b, gainDb, lagSamples }) => ({
      from: speakerOf(a),
      into: speakerOf(b),
      gainDb,
      lagMs: (lagSamples / SAMPLE_RATE_HZ) * 1000,
    })),
    edit: {
      roomSeconds: plan.roomDurationSamples / SAMPLE_RATE_HZ,
      pieces: pieces.length,
      removedSeconds: (plan.roomDurationSamples - keptSamples) / SAMPLE_RATE_HZ,
      introSeconds: introSamples / SAMPLE_RATE_HZ,
      outroSeconds: (mixed.clock.durationSamples - introSamples - keptSamples) / SAMPLE_RATE_HZ,
    },
    chapters,
    parameters: recipeParameters(plan, finish),
    warnings,
  });
}

function speakersOf(plan: MixPlan<PlannedSound>, { levels, bleeds }: MixedTracks): ReportedSpeaker[] {
  const ids = [...new Set(plan.tracks.map(({ participantId }) => participantId))];
  return ids.map((participantId) => {
    const own = levels.find((one) => one.participantId === participantId)?.levels ?? [];
    const tracks = plan.tracks.filter((track) => track.participantId === participantId).map(reportedTrack);
    const heardIn = bleeds.filter(({ b }) => plan.tracks[b]?.participantId === participantId);
    return {
      participantId,
      levels: own.map((level) => ({ ...level })),
      findings: microphoneFindings({ levels: own, tracks, hearsOthers: heardIn.length > 0 }),
      tracks,
    };
  });
}

function reportedTrack({ sha256, kind, startOffsetSamples, driftPpm, usable }: PlannedSound): ReportedTrack {
  const { hearing, timestamps, format } = usable;
  const talkSteps = hearing.talk.reduce((sum, { stepCount }) => sum + stepCount, 0);
  return {
    sha256,
    kind,
    format: format.label,
    ...(usable.stem ? { fromStem: true } : {}),
    startOffsetSeconds: startOffsetSamples / SAMPLE_RATE_HZ,
    decodedSeconds: timestamps.decodedSeconds,
    talkSeconds: talkSteps / STEPS_PER_SECOND,
    gapSeconds: timestamps.gapSeconds,
    gapCount: timestamps.gapCount,
    ...(driftPpm === undefined ? {} : { driftPpm }),
    inputLufs: hearing.speechLufs,
    noiseLufs: hearing.noiseLufs,
    inputPeakDbfs: hearing.samplePeakDbfs,
    clippedSamples: hearing.clippedSamples,
    nonFiniteSamples: hearing.nonFiniteSamples,
    dcOffset: hearing.dcOffset,
  };
}
