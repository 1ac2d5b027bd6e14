/** Writes a passport from a render's report and the episode it became part of. Pure. */
import type { Manifest } from '../domain/episode.ts';
import type { Sha256 } from '../domain/ids.ts';
import { isLeftOut, leftOutCount } from '../domain/left-out.ts';
import { PassportAccount, type PassportSpeaker } from './passport.ts';
import type { RenderReport, ReportedLevel, ReportedTrack } from './report.ts';
import { SAMPLE_RATE_HZ } from './sample-clock.ts';
import { framesHolding } from './slices.ts';

export interface ToAccountFor {
  readonly report: RenderReport;
  readonly manifest: Pick<Manifest, 'guid' | 'roomHash' | 'participants' | 'excludedParticipantIds' | 'leftOut'>;
  /** Of the master, which has no tags. */
  readonly frames: { readonly sha256: Sha256; readonly lengthBytes: number };
  readonly alternates: PassportAccount['alternates'];
}

/** Whoever has left, or never agreed, is counted and not named; nor are the digests of their recordings in it. */
export function passportAccount({ report, manifest, frames, alternates }: ToAccountFor): PassportAccount {
  const { sound, target, loudness, durationSeconds, edit } = report;
  const people = new Map(
    manifest.participants
      .filter(({ id, consent }) => consent && !isLeftOut(manifest, id))
      .map((person) => [person.id, person]),
  );
  const speakers = report.speakers.filter(({ participantId }) => people.has(participantId));
  const placeOf = (id: string) => speakers.findIndex(({ participantId }) => participantId === id);
  const durationSamples = Math.round(durationSeconds * SAMPLE_RATE_HZ);
  return PassportAccount.parse({
    type: 'aftershow-passport',
    format: 1,
    guid: manifest.guid,
    audio: {
      frames: { ...frames, count: framesHolding(durationSamples) },
      durationSamples,
      durationSeconds,
      channels: sound.channels,
      bitrateKbps: sound.bitrateKbps,
    },
    loudness: {
      target,
      beforeLufs: hundredths(loudness.before),
      predictedLufs: hundredths(loudness.predicted),
      integratedLufs: orNull(loudness.after.integratedLufs),
      truePeakDbtp: orNull(loudness.after.truePeakDbtp),
      loudnessRangeLu: hundredths(loudness.after.loudnessRangeLu),
    },
    mastering: {
      gainDb: hundredths(report.gainDb),
      limiterCeilingDbtp: orNull(report.limitDbtp ?? null),
      encoderLossDb: hundredths(report.encoderLossDb),
      wasCorrected: report.wasCorrected,
      rehearsedSeconds: thousandths(report.rehearsedSeconds),
    },
    speakers: speakers.map(({ participantId, levels, findings, tracks }): PassportSpeaker => {
      const person = people.get(participantId);
      return {
        ...(person?.name ? { name: person.name } : {}),
        role: person?.role ?? 'speaker',
        levels: levels.map(levelOf),
        findings,
        tracks: tracks.map(trackOf),
      };
    }),
    leftOut: leftOutCount(manifest),
    sharedRooms: report.bleeds
      .map(({ from, into, gainDb, lagMs }) => ({
        from: placeOf(from),
        into: placeOf(into),
        gainDb: hundredths(gainDb),
        lagMs: hundredths(lagMs),
      }))
      .filter(({ from, into }) => from >= 0 && into >= 0),
    edit: {
      roomSeconds: thousandths(edit.roomSeconds),
      pieces: edit.pieces,
      removedSeconds: thousandths(edit.removedSeconds),
      introSeconds: thousandths(edit.introSeconds),
      outroSeconds: thousandths(edit.outroSeconds),
    },
    alternates,
    recipe: report.recipe,
    ffmpegVersion: report.ffmpegVersion,
    parameters: Object.fromEntries(
      Object.entries(report.parameters).map(([name, value]) => [
        name,
        typeof value === 'number' ? thousandths(value) : value,
      ]),
    ),
  });
}

function levelOf({ compressionDb, ...level }: ReportedLevel): PassportSpeaker['levels'][number] {
  return {
    inputLufs: orNull(level.inputLufs),
    outputLufs: orNull(level.outputLufs),
    wantedGainDb: hundredths(level.wantedGainDb),
    gainDb: hundredths(level.gainDb),
    boundedByNoise: level.boundedByNoise,
    mostCompressionDb: hundredths(compressionDb.max),
    meanCompressionDb: hundredths(compressionDb.mean),
  };
}

function trackOf(track: ReportedTrack): PassportSpeaker['tracks'][number] {
  return {
    sha256: track.sha256,
    kind: track.kind,
    format: track.format,
    ...(track.fromStem ? { fromStem: true } : {}),
    startOffsetSeconds: thousandths(track.startOffsetSeconds),
    decodedSeconds: thousandths(track.decodedSeconds),
    talkSeconds: thousandths(track.talkSeconds),
    gapSeconds: thousandths(track.gapSeconds),
    gapCount: track.gapCount,
    ...(track.driftPpm === undefined ? {} : { driftPpm: hundredths(track.driftPpm) }),
    inputLufs: orNull(track.inputLufs),
    noiseLufs: orNull(track.noiseLufs),
    inputPeakDbfs: orNull(track.inputPeakDbfs),
    clippedSamples: track.clippedSamples,
  };
}

const hundredths = (value: number) => rounded(value, 100);
const orNull = (value: number | null) => (value === null ? null : hundredths(value));
const thousandths = (value: number) => rounded(value, 1000);

/** + 0: no -0, which JSON would not give back. */
const rounded = (value: number, parts: number) => Math.round(value * parts) / parts + 0;
