/** Manifests of episodes that were imported as finished files from another host's feed. Pure. */
import type { Chapter, EpisodeAudio, ExternalAudio, Imported, Manifest, PublicFile } from './episode.ts';
import { changed } from './episode-life.ts';
import type { Notice } from './failure.ts';
import { importedEpisodeIdFor, importHash, ParticipantId, RoomId, type ShowId } from './ids.ts';
import { Participant } from './room.ts';

export interface EpisodeToImport {
  readonly showId: ShowId;
  readonly guid: string;
  readonly title: string;
  readonly description: string;
  readonly publishedAt: string;
  readonly people: readonly Omit<Participant, 'id'>[];
  readonly chapters?: readonly Chapter[] | undefined;
  readonly explicit?: boolean | undefined;
  readonly season?: number | undefined;
  readonly episode?: number | undefined;
  readonly episodeType?: Manifest['episodeType'] | undefined;
  readonly audio: ExternalAudio;
  readonly imported: Omit<Imported, 'key'>;
}

/** Some text of the item's own; the GUID itself where it may be a room's id. */
function roomIdOf(showId: ShowId, guid: string): RoomId {
  const named = RoomId.safeParse(`import:${guid}`);
  return named.success ? named.data : RoomId.parse(`import:${importHash(showId, guid)}`);
}

/** Long enough for every chapter where nobody says how long it is. */
function durationSeconds({ audio, chapters = [] }: EpisodeToImport): number {
  return audio.durationSeconds ?? Math.max(0, ...chapters.map(({ startSeconds }) => startSeconds + 1));
}

/** Published as it was, at the time it was; its audio with the host that had it. */
export function importedManifest(item: EpisodeToImport, at: Date): Manifest {
  const { showId, guid, publishedAt, chapters, explicit, season, episode, episodeType } = item;
  const now = at.toISOString();
  const key = importHash(showId, guid);
  return {
    format: 1,
    version: 1,
    id: importedEpisodeIdFor(showId, guid),
    showId,
    roomId: roomIdOf(showId, guid),
    // No room has it: whatever a room is called, its hash is made another way.
    roomHash: key,
    guid,
    status: 'published',
    revision: 1,
    title: item.title,
    description: item.description,
    ...(explicit === undefined ? {} : { explicit }),
    ...(season === undefined ? {} : { season }),
    ...(episode === undefined ? {} : { episode }),
    ...(episodeType === undefined ? {} : { episodeType }),
    startedAt: publishedAt,
    endedAt: new Date(Date.parse(publishedAt) + durationSeconds(item) * 1000).toISOString(),
    createdAt: now,
    updatedAt: now,
    tracksDeadlineAt: publishedAt,
    publishedAt,
    participants: item.people.map((person, index) =>
      Participant.parse({ ...person, id: ParticipantId.parse(`imported-${index + 1}`) }),
    ),
    excludedParticipantIds: [],
    tracks: [],
    markers: [],
    ...(chapters === undefined ? {} : { chapters: [...chapters] }),
    edit: {},
    publish: { mode: 'auto' },
    renderRequest: 1,
    renderedRequest: 1,
    renderAttempts: 0,
    publishRequest: 1,
    publishedRequest: 1,
    renderKeys: [key],
    externalAudio: item.audio,
    imported: { ...item.imported, key },
    superseded: [],
    warnings: [],
    history: [{ at: now, what: `imported from ${item.imported.from}`, who: 'operator', to: 'published' }],
    outbox: [],
  };
}

/** What the copies of an imported episode's media are, and what was made public of them. */
export interface CopiedMedia {
  readonly original: NonNullable<Imported['original']>;
  readonly artwork?: string | undefined;
}

export interface CopiedFiles {
  readonly audio?: EpisodeAudio;
  readonly cover?: PublicFile;
  readonly chaptersFile?: PublicFile;
  readonly chapters: readonly Chapter[];
  readonly warnings: readonly Notice[];
}

/** The same manifest, knowing its copies: what is public of it is then made of them. */
export function withCopies(manifest: Manifest, { original, artwork }: CopiedMedia): Manifest {
  if (!manifest.imported) return manifest;
  const { imageUrl, ...imported } = manifest.imported;
  const image = artwork === undefined ? (imageUrl === undefined ? {} : { imageUrl }) : { artwork };
  return { ...manifest, imported: { ...imported, ...image, original } };
}

/** Takes the public files in: a change of nothing but where the bytes lie. */
export function withPublicFiles(manifest: Manifest, files: CopiedFiles): Manifest {
  const { audio, cover, chaptersFile, chapters, warnings } = files;
  const { externalAudio, ...rest } = manifest;
  const sound = audio ? { audio } : externalAudio ? { externalAudio } : {};
  return {
    ...rest,
    ...sound,
    ...(cover ? { cover } : {}),
    ...(chaptersFile ? { chaptersFile } : {}),
    publishedChapters: [...chapters],
    warnings: [...manifest.warnings, ...warnings],
  };
}

/** Undefined where it was erased meanwhile: then nothing is to be changed. */
export function mediaCopied(
  manifest: Manifest,
  copies: CopiedMedia,
  files: CopiedFiles,
  at: Date,
): Manifest | undefined {
  if (!manifest.imported || manifest.status === 'erased') return undefined;
  const copied = changed(withCopies(manifest, copies), at, 'operator', 'media copied');
  return manifest.status === 'published' ? withPublicFiles(copied, files) : copied;
}
