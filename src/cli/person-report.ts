/** person-report: everything that is stored of one person, by id or name. */
import { readSettingsWithoutSecrets } from '../config.ts';
import { type Appearance, type PersonReport, personReport } from '../pipeline/person-report.ts';
import { openProvenStores } from './engine.ts';
import { clockTime, printResult, table } from './output.ts';
import { UsageError } from './usage-error.ts';
import { wantedShowId, wantedShows } from './wanted-shows.ts';

export async function reportOnPerson(person: string, options: { show?: string; json?: boolean }): Promise<void> {
  if (person.trim() === '') throw new UsageError('whom? Give the id of a participant, or a name as it is written');
  const showId = wantedShowId(options.show);
  const stores = await openProvenStores(readSettingsWithoutSecrets());
  try {
    const report = await personReport(person, await wantedShows(stores.bucket, showId), stores);
    printResult(options.json === true, report, asText);
  } finally {
    await stores.close();
  }
}

const MATCHES: Readonly<Record<Appearance['matchedBy'], string>> = {
  id: 'by id',
  name: 'by name',
  'name in another case': 'by name, written in another case',
  left: 'has left it: no name, no voice, only a mark of the id',
  mention: 'was not in the room, but is named in words',
};

function asText({ asked, episodes, shows }: PersonReport): string {
  if (episodes.length + shows.length === 0) {
    return `Nothing is stored of "${asked}". Names are found whole and in any case; ids exactly as the platform gives them.`;
  }
  const blocks = episodes.map((one) => [`${one.showId} ${one.episodeId}  ${one.title}`, table(rowsOf(one), '  ')]);
  const named = shows.map(({ showId, fields }) => [`${showId}: the show itself names them in ${fields.join(', ')}`]);
  return [...blocks, ...named].map((lines) => lines.join('\n')).join('\n\n');
}

function rowsOf(one: Appearance): string[][] {
  const many = (label: string, values: readonly string[]) => values.map((value, n) => [n === 0 ? label : '', value]);
  const person = one.person;
  return [
    ['found', MATCHES[one.matchedBy]],
    ['status', one.publishedAt ? `${one.status}, published ${one.publishedAt}` : one.status],
    ...(person
      ? [['person', [person.id, person.name, person.role, person.url, person.imageUrl].filter(Boolean).join(', ')]]
      : []),
    ...many(
      'recordings',
      one.tracks.map(({ key, kind, isStored }) => `${key} (${kind}${isStored ? '' : ', gone'})`),
    ),
    ...many('public', one.files),
    ...one.renders.flatMap(({ renderKey, isCurrent, stems, turns, talkSeconds, hearings }) => [
      ['render', `${renderKey}${isCurrent ? '' : ' (older)'}: ${turns} turns, ${clockTime(talkSeconds)} of talk`],
      ...many('', [...stems, ...hearings]),
    ]),
    ...many('chapters', one.chapters),
    ...many('markers', one.markers),
    ...many('intake', one.intake),
    ...(one.words.length > 0 ? [['named in', one.words.join(', ')]] : []),
  ];
}
