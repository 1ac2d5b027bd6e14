/** What came out, for a person: length, loudness before and after, every speaker's gain, where the files are. */
import { RenderReport } from '../audio/report.ts';
import type { Manifest } from '../domain/episode.ts';
import type { ObjectStore } from '../pipeline/ports.ts';
import { readRecord } from '../pipeline/records.ts';
import { publicUrlOf, reportKey } from '../storage/object-keys.ts';
import { feedNamed } from './feed-words.ts';
import { clockTime, dbtp, lufs, table } from './output.ts';

export interface EpisodeSummary {
  readonly showId: string;
  readonly episodeId: string;
  readonly status: string;
  readonly title: string;
  readonly guid: string;
  /** Of a private show, like `audioUrl`, with a placeholder where each listener's token belongs. */
  readonly feedUrl: string;
  /** Where a person finds the feed; only of a private show something else than `feedUrl`. */
  readonly privateFeed?: string;
  readonly audioUrl?: string;
  readonly audioKey?: string;
  readonly durationSeconds?: number;
  readonly lengthBytes?: number;
  readonly loudness?: RenderReport['loudness'];
  readonly speakers?: readonly {
    readonly name: string;
    readonly inputLufs: number | null;
    readonly gainDb: number;
  }[];
  readonly chapters: number;
  readonly warnings: readonly {
    readonly code: string;
    readonly message: string;
  }[];
  readonly failure?: { readonly code: string; readonly message: string };
}

export async function summarise(manifest: Manifest, bucket: ObjectStore, publicUrl: string): Promise<EpisodeSummary> {
  const { master, audio } = manifest;
  const report = master && (await readRecord(bucket, reportKey(master.renderKey), RenderReport))?.value;
  const feed = await feedNamed(manifest.showId, publicUrl, bucket);
  const names = new Map(manifest.participants.map(({ id, name }) => [id, name ?? id]));
  return {
    showId: manifest.showId,
    episodeId: manifest.id,
    status: manifest.status,
    title: manifest.title,
    guid: manifest.guid,
    feedUrl: feed.url,
    ...(feed.isPrivate ? { privateFeed: feed.words } : {}),
    ...(audio
      ? {
          audioUrl: publicUrlOf(publicUrl, audio.key),
          audioKey: audio.key,
          lengthBytes: audio.lengthBytes,
        }
      : {}),
    ...(master ? { durationSeconds: master.durationSeconds } : {}),
    ...(report
      ? {
          loudness: report.loudness,
          speakers: report.speakers.flatMap(({ participantId, levels }) =>
            levels.map(({ inputLufs, gainDb }) => ({
              name: names.get(participantId) ?? participantId,
              inputLufs,
              gainDb,
            })),
          ),
        }
      : {}),
    chapters: manifest.chapters?.length ?? manifest.markers.length,
    warnings: manifest.warnings,
    ...(manifest.failure ? { failure: manifest.failure } : {}),
  };
}

export function describeSummary(summary: EpisodeSummary): string {
  const { loudness, speakers = [] } = summary;
  const rows = [
    ['status', summary.status],
    ...(summary.failure ? [['reason', summary.failure.message]] : []),
    ...(summary.durationSeconds === undefined ? [] : [['length', clockTime(summary.durationSeconds)]]),
    ...(loudness
      ? [
          ['loudness', `${lufs(loudness.before)} before, ${lufs(loudness.after.integratedLufs)} after`],
          ['true peak', dbtp(loudness.after.truePeakDbtp)],
        ]
      : []),
    ...(summary.audioUrl
      ? [
          [
            'audio',
            `${summary.privateFeed ? 'in each listener’s feed' : summary.audioUrl} (${summary.lengthBytes} bytes)`,
          ],
        ]
      : []),
    ['feed', summary.privateFeed ?? summary.feedUrl],
  ];
  const gains = speakers.map(({ name, inputLufs, gainDb }) => [
    name,
    `came at ${lufs(inputLufs)}`,
    `gain ${gainDb >= 0 ? '+' : ''}${gainDb.toFixed(1)} dB`,
  ]);
  return [
    summary.title,
    table(rows, '  '),
    ...(gains.length > 0 ? ['  speakers', table(gains, '    ')] : []),
    ...summary.warnings.map(({ message }) => `  note: ${message}`),
  ].join('\n');
}
