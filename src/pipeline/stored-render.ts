/** What a render leaves in the bucket, and how it is found again. */
import { RenderReport } from '../audio/report.ts';
import type { SpeechTurns } from '../audio/speech-turns.ts';
import type { Sha256 } from '../domain/ids.ts';
import {
  ALTERNATES,
  alternateKey,
  masterKey,
  peaksKey,
  reportKey,
  stemIndexKey,
  stemKey,
  turnsKey,
} from '../storage/object-keys.ts';
import type { Alternate } from './make-alternates.ts';
import type { Stem } from './make-stems.ts';
import type { MasteredAudio } from './master-mix.ts';
import type { ObjectStore, PutBody } from './ports.ts';
import { readBytes } from './records.ts';
import type { RenderSteps } from './render-job.ts';
import { StemIndex } from './stem-index.ts';

export interface RenderOutput {
  readonly renderKey: Sha256;
  readonly report: RenderReport;
  readonly mastered: MasteredAudio;
  readonly stems: readonly Stem[];
  readonly alternates: readonly Alternate[];
  readonly turns: SpeechTurns;
}

/** Undefined when the work is not done yet, or only half stored. */
export async function storedReport(
  bucket: ObjectStore,
  renderKey: Sha256,
  signal?: AbortSignal,
): Promise<RenderReport | undefined> {
  if (!(await bucket.head(masterKey(renderKey), signal))) return undefined;
  return readReport(bucket, renderKey);
}

/** For who has the master already. */
export async function readReport(bucket: ObjectStore, renderKey: Sha256): Promise<RenderReport | undefined> {
  const object = await readBytes(bucket, reportKey(renderKey));
  if (!object) return undefined;
  const parsed = RenderReport.safeParse(JSON.parse(object.bytes.toString('utf8')));
  return parsed.success ? parsed.data : undefined;
}

/** The report comes last: where it is, everything is. */
export async function storeRender(bucket: ObjectStore, output: RenderOutput, steps: RenderSteps): Promise<void> {
  const { renderKey, report, mastered, stems, alternates, turns } = output;
  const put = (key: string, body: PutBody, contentType: string) =>
    bucket.put(key, body, { contentType, signal: steps.signal });
  const json = (value: unknown) => JSON.stringify(value, undefined, 2);
  await put(masterKey(renderKey), { file: steps.folder.file(mastered.file) }, 'audio/mpeg');
  for (const { format, file } of alternates) {
    await put(alternateKey(renderKey, format), { file: steps.folder.file(file) }, ALTERNATES[format].contentType);
  }
  await put(peaksKey(renderKey), JSON.stringify(mastered.waveform), 'application/json');
  await put(turnsKey(renderKey), json(turns), 'application/json');
  const index: StemIndex = { format: 1, stems: [] };
  for (const [number, { file, ...stem }] of stems.entries()) {
    const name = `${number}.opus`;
    await put(stemKey(renderKey, name), { file: steps.folder.file(file) }, 'audio/ogg');
    index.stems.push({ ...stem, name });
  }
  await put(stemIndexKey(renderKey), json(StemIndex.parse(index)), 'application/json');
  await put(reportKey(renderKey), json(report), 'application/json');
}
