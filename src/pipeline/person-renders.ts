/** Where one person is in what renders left and in what the platform told. Reads only. */
import { RenderReport } from '../audio/report.ts';
import { SpeechTurns } from '../audio/speech-turns.ts';
import type { Manifest } from '../domain/episode.ts';
import type { ParticipantId, Sha256 } from '../domain/ids.ts';
import { analysisKey, intakePrefix, reportKey, stemIndexKey, stemKey, turnsKey } from '../storage/object-keys.ts';
import { IntakeRecord } from '../webhook/events.ts';
import type { ObjectStore } from './ports.ts';
import { listAll, readBytes, readRecord } from './records.ts';
import { StemIndex } from './stem-index.ts';

export interface PersonRender {
  readonly renderKey: Sha256;
  readonly isCurrent: boolean;
  readonly stems: readonly string[];
  readonly turns: number;
  readonly talkSeconds: number;
  /** What was heard in their recordings. */
  readonly hearings: readonly string[];
}

export async function rendersWith(manifest: Manifest, id: ParticipantId, bucket: ObjectStore): Promise<PersonRender[]> {
  const found: PersonRender[] = [];
  for (const renderKey of manifest.renderKeys) {
    const index = (await readRecord(bucket, stemIndexKey(renderKey), StemIndex))?.value;
    const stems = (index?.stems ?? []).filter(({ participantId }) => participantId === id);
    const turns = (await readable(bucket, turnsKey(renderKey), SpeechTurns))?.turns ?? [];
    const report = await readable(bucket, reportKey(renderKey), RenderReport);
    const theirs = report?.speakers.find(({ participantId }) => participantId === id)?.tracks ?? [];
    const own = turns.filter(({ participantId }) => participantId === id);
    if (stems.length + own.length + theirs.length === 0) continue;
    const hearings: string[] = [];
    for (const { sha256 } of theirs) if (await bucket.head(analysisKey(sha256))) hearings.push(analysisKey(sha256));
    found.push({
      renderKey,
      isCurrent: renderKey === manifest.master?.renderKey,
      stems: stems.map(({ name }) => stemKey(renderKey, name)),
      turns: own.length,
      talkSeconds: theirs.reduce((sum, { talkSeconds }) => sum + talkSeconds, 0),
      hearings,
    });
  }
  return found;
}

export async function intakeWith({ roomHash }: Manifest, id: ParticipantId, bucket: ObjectStore): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of listAll(bucket, intakePrefix(roomHash))) {
    const record = (await readRecord(bucket, key, IntakeRecord))?.value;
    const people = record?.type === 'room.ended' ? record.data.participants.map((person) => person.id) : [];
    const speakers = !record || record.type === 'erased' ? [] : record.data.tracks.map((track) => track.participantId);
    if ([...people, ...speakers].includes(id)) found.push(key);
  }
  return found;
}

/** Undefined also where another version wrote it otherwise: a report is no reason to fail. */
async function readable<T>(
  bucket: ObjectStore,
  key: string,
  schema: { safeParse(value: unknown): { success: boolean; data?: T } },
): Promise<T | undefined> {
  const object = await readBytes(bucket, key);
  if (!object) return undefined;
  try {
    return schema.safeParse(JSON.parse(object.bytes.toString('utf8'))).data;
  } catch {
    return undefined;
  }
}
