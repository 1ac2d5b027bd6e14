/** Everything a person appears in, for whoever asks what is stored of them. Reads only. */
import type { Manifest } from '../domain/episode.ts';
import { EpisodeDetails } from '../domain/episode-details.ts';
import type { ParticipantId } from '../domain/ids.ts';
import { isLeftOut } from '../domain/left-out.ts';
import { isSameName, namesAnyOf } from '../domain/named-in.ts';
import { publicKeys } from '../domain/public-files.ts';
import type { Participant } from '../domain/room.ts';
import type { Show } from '../domain/show.ts';
import { publicUrlOf } from '../storage/object-keys.ts';
import { readManifests } from './manifests.ts';
import { intakeWith, type PersonRender, rendersWith } from './person-renders.ts';
import type { ObjectStore } from './ports.ts';

export interface PersonReport {
  readonly asked: string;
  readonly episodes: readonly Appearance[];
  /** Shows whose own words name the person: what in them does. */
  readonly shows: readonly { readonly showId: string; readonly fields: readonly string[] }[];
}

export interface Appearance {
  readonly showId: string;
  readonly episodeId: string;
  readonly guid: string;
  readonly title: string;
  readonly status: Manifest['status'];
  readonly publishedAt?: string;
  /** `left`: only a mark of the id is kept; `mention`: not in the room, but named in words. */
  readonly matchedBy: 'id' | 'name' | 'name in another case' | 'left' | 'mention';
  readonly person?: Participant;
  readonly tracks: readonly {
    readonly key: string;
    readonly startedAt: string;
    readonly kind: string;
    readonly isStored: boolean;
  }[];
  /** What is public of an episode in which they are heard. */
  readonly files: readonly string[];
  readonly renders: readonly PersonRender[];
  /** Titles of chapters and markers that they set, or that name them. */
  readonly chapters: readonly string[];
  readonly markers: readonly string[];
  /** Keys of what the platform told of them. */
  readonly intake: readonly string[];
  /** Which of its words name them: title, description, links, soundbites. */
  readonly words: readonly string[];
}

interface PersonReportDependencies {
  readonly bucket: ObjectStore;
  readonly trackStore: ObjectStore;
}

/** `asked`: an id, or a name as it is written, in whatever case. */
export async function personReport(
  asked: string,
  shows: readonly Show[],
  { bucket, trackStore }: PersonReportDependencies,
): Promise<PersonReport> {
  const episodes: Appearance[] = [];
  const named: PersonReport['shows'][number][] = [];
  for (const show of shows) {
    for (const manifest of await readManifests(bucket, show.id)) {
      const found = matches(manifest, asked);
      for (const match of found) episodes.push(await appearance(match, manifest, show, { bucket, trackStore }));
    }
    const fields = fieldsNaming(show, asked);
    if (fields.length > 0) named.push({ showId: show.id, fields });
  }
  return { asked, episodes, shows: named };
}

interface Match {
  readonly by: Appearance['matchedBy'];
  readonly person?: Participant;
  readonly names: readonly string[];
}

/** Several people of a room may have one name. */
function matches(manifest: Manifest, asked: string): Match[] {
  const byId = manifest.participants.filter(({ id }) => id === asked).map((person) => matchOf(person, 'id' as const));
  const byName = manifest.participants
    .filter(({ id, name }) => id !== asked && name !== undefined && isSameName(name, asked))
    .map((person) => matchOf(person, person.name === asked ? ('name' as const) : ('name in another case' as const)));
  if (byId.length + byName.length > 0) return [...byId, ...byName];
  if (isLeftOut(manifest, asked as ParticipantId)) return [{ by: 'left', names: [] }];
  return wordsNaming(manifest, [asked]).length > 0 ? [{ by: 'mention', names: [asked] }] : [];
}

const matchOf = (person: Participant, by: Match['by']): Match => ({
  by,
  person,
  names: person.name === undefined ? [] : [person.name],
});

function wordsNaming(manifest: Manifest, names: readonly string[]): string[] {
  const { title, description, chapters, master, markers, imported } = manifest;
  const named = [...(chapters ?? []), ...(master?.chapters ?? []), ...markers].filter((one) =>
    namesAnyOf(one.title, names),
  );
  return [
    ...(namesAnyOf(title, names) ? ['title'] : []),
    ...(namesAnyOf(description, names) ? ['description'] : []),
    ...(named.length > 0 ? ['chapters'] : []),
    ...Object.keys(EpisodeDetails.shape).filter((field) =>
      textsIn(manifest[field as keyof Manifest]).some((text) => namesAnyOf(text, names)),
    ),
    ...(namesAnyOf(imported?.html ?? '', names) ? ['description of the feed that it was imported from'] : []),
  ];
}

async function appearance(
  { by, person, names }: Match,
  manifest: Manifest,
  show: Show,
  { bucket, trackStore }: PersonReportDependencies,
): Promise<Appearance> {
  const { showId, id, guid, title, status, publishedAt } = manifest;
  const own = person ? manifest.tracks.filter(({ participantId }) => participantId === person.id) : [];
  const tracks = [];
  for (const { key, startedAt, kind } of own) {
    tracks.push({ key, startedAt, kind, isStored: (await trackStore.head(key)) !== undefined });
  }
  const isNamed = ({ title: words }: { readonly title: string }) => namesAnyOf(words, names);
  const chapters = manifest.chapters ?? manifest.master?.chapters ?? [];
  return {
    ...{ showId, episodeId: id, guid, title, status, matchedBy: by },
    ...(publishedAt === undefined ? {} : { publishedAt }),
    ...(person ? { person } : {}),
    tracks,
    files: person ? publicKeys(manifest).map((key) => publicUrlOf(show.publicUrl, key)) : [],
    renders: person ? await rendersWith(manifest, person.id, bucket) : [],
    chapters: chapters.filter(isNamed).map((chapter) => chapter.title),
    markers: manifest.markers
      .filter((marker) => isNamed(marker) || (person !== undefined && marker.participantId === person.id))
      .map((marker) => marker.title),
    intake: person ? await intakeWith(manifest, person.id, bucket) : [],
    words: wordsNaming(manifest, names),
  };
}

/** Fields of the show's own record whose words hold the name. */
function fieldsNaming(show: Show, asked: string): string[] {
  return Object.entries(show)
    .filter(([, value]) => textsIn(value).some((text) => namesAnyOf(text, [asked])))
    .map(([field]) => field);
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
