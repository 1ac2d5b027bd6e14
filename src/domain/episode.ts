/** An episode's manifest: the one record that says what an episode is, and the changes it may go through. */
import { z } from 'zod';
import { EpisodeDetails } from './episode-details.ts';
import { Notice } from './failure.ts';
import { EpisodeId, ParticipantId, RoomId, Sha256, ShowId } from './ids.ts';
import { Loudness } from './loudness.ts';
import { EditList, Instant, Marker, Participant, PublishMode, Track } from './room.ts';

export const EpisodeStatus = z.enum([
  'waiting-for-tracks',
  'rendering',
  'draft',
  'scheduled',
  'published',
  'unpublished',
  'failed',
  'erased',
]);
export type EpisodeStatus = z.infer<typeof EpisodeStatus>;

export const Chapter = z.object({
  startSeconds: z.number().nonnegative(),
  title: z.string(),
  url: z.string().optional(),
  /** The creator's picture: a key in the store where tracks are. */
  imageKey: z.string().optional(),
  /** The key of the public file that was made of it. */
  imageFile: z.string().optional(),
});
export type Chapter = z.infer<typeof Chapter>;

/** A track with what became of it. */
export const EpisodeTrack = Track.extend({
  state: z.enum(['expected', 'present', 'incomplete', 'rejected']),
  reason: z.string().optional(),
  /** Of the bytes that were fetched last: what was heard in them is kept under it. */
  heardSha256: Sha256.optional(),
});
export type EpisodeTrack = z.infer<typeof EpisodeTrack>;

/** The finished, untagged audio under its render key, with what was measured on it. */
export const Master = z.object({
  renderKey: Sha256,
  durationSeconds: z.number().positive(),
  loudness: Loudness,
  /** From the room's markers, as its edit places them. */
  chapters: z.array(Chapter).optional(),
});
export type Master = z.infer<typeof Master>;

/** A file under public/ or private/ that the feed names. Its key carries its content's hash: it never changes. */
const PublicFile = z.object({ key: z.string(), contentType: z.string(), lengthBytes: z.int().positive() });
export type PublicFile = z.infer<typeof PublicFile>;

export const EpisodeAudio = PublicFile.extend({
  durationSeconds: z.number().positive(),
  integratedLufs: z.number().nullable(),
  truePeakDbtp: z.number().nullable(),
});
export type EpisodeAudio = z.infer<typeof EpisodeAudio>;

/** Audio that another host serves, at an address of its own: of an imported episode whose media were not copied. */
export const ExternalAudio = z.object({
  url: z.string(),
  contentType: z.string(),
  /** 0: nobody tells. */
  lengthBytes: z.int().nonnegative(),
  durationSeconds: z.number().positive().optional(),
});
export type ExternalAudio = z.infer<typeof ExternalAudio>;

/** What is kept of the feed that an episode was imported from: no room of ours made it, so it has no tracks. */
export const Imported = z.object({
  /** The feed's address, or the file's name. */
  from: z.string(),
  /** `renders/<key>/` holds what was copied for this episode; removed with it. */
  key: Sha256,
  link: z.string().optional(),
  /** Safe HTML that the description says in full; gone once the creator writes another. */
  html: z.string().optional(),
  /** Where its picture is, until it is copied. */
  imageUrl: z.string().optional(),
  /** The audio as it was downloaded: what it is published from again. */
  original: PublicFile.extend({ sha256: Sha256, durationSeconds: z.number().positive() }).optional(),
  /** The key of its own picture as it was downloaded. */
  artwork: z.string().optional(),
});
export type Imported = z.infer<typeof Imported>;

/** What must go because somebody left, or all was erased: owed until it is done, and looked at once more after that. */
export const Removal = z.object({
  since: Instant,
  /** Made before: in them is what must go. */
  renderKeys: z.array(Sha256),
  /** Digests of recordings, as far as they are known: what was heard in each is kept under it. */
  recordings: z.array(Sha256),
  /** Keys in the track store. */
  trackKeys: z.array(z.string()),
  /** Those of them whose digest nobody wrote down: a process that ended half way may have listened to them. */
  unheardKeys: z.array(z.string()).optional(),
  /** Public files, as they were until then. */
  publicKeys: z.array(z.string()),
  /** All of it was gone then; what a worker wrote that was under way may have come later. */
  doneAt: Instant.optional(),
});
export type Removal = z.infer<typeof Removal>;

const HistoryEntry = z.object({
  at: Instant,
  what: z.string(),
  who: z.enum(['platform', 'creator', 'pipeline', 'sweep', 'operator']),
  from: EpisodeStatus.optional(),
  to: EpisodeStatus.optional(),
});
export type HistoryEntry = z.infer<typeof HistoryEntry>;

/** What happened to an episode, to be told: it stands in here as it was then, whatever became of the episode since. */
const OutgoingMessage = z.object({
  /** The same at every try, and another for each event: the `webhook-id`. */
  id: z.string(),
  type: z.string(),
  since: Instant,
  status: EpisodeStatus.optional(),
  audio: EpisodeAudio.optional(),
  externalAudio: ExternalAudio.optional(),
  failure: Notice.optional(),
  /** Told only once the feed says so too. */
  isInFeed: z.literal(true).optional(),
  attempts: z.int().nonnegative().default(0),
  /** Not before this it is tried again; also while a try is under way. */
  nextAt: Instant.optional(),
  lastTriedAt: Instant.optional(),
  /** What came of the last try, in words. */
  lastAnswer: z.string().optional(),
  deliveredAt: Instant.optional(),
  givenUpAt: Instant.optional(),
  /** When somebody asked to have it sent again: the day in which it is tried counts from then. */
  owedSince: Instant.optional(),
});
export type OutgoingMessage = z.infer<typeof OutgoingMessage>;

export const Manifest = z.object({
  ...EpisodeDetails.shape,
  format: z.literal(1),
  /** Grows with every write; part of the feed's generation. */
  version: z.int().positive(),
  id: EpisodeId,
  showId: ShowId,
  roomId: RoomId,
  roomHash: Sha256,
  guid: z.string(),
  status: EpisodeStatus,
  /** How often audio was rendered *and* published. */
  revision: z.int().nonnegative(),
  title: z.string(),
  description: z.string(),
  language: z.string().optional(),
  explicit: z.boolean().optional(),
  artworkKey: z.string().optional(),
  season: z.int().positive().optional(),
  episode: z.int().positive().optional(),
  episodeType: z.enum(['full', 'trailer', 'bonus']).optional(),
  startedAt: Instant,
  endedAt: Instant,
  createdAt: Instant,
  updatedAt: Instant,
  /** How long missing tracks are waited for. */
  tracksDeadlineAt: Instant,
  publishedAt: Instant.optional(),
  scheduledFor: Instant.optional(),
  /** Only people who consented; an excluded one keeps no name anywhere. */
  participants: z.array(Participant),
  /** By id, as older records have them; see `leftOut`. */
  excludedParticipantIds: z.array(ParticipantId),
  /** A mark of everybody who gave no consent, or left: domain/left-out.ts. */
  leftOut: z.array(Sha256).optional(),
  /** The ledger of who left: when and how many, never who. Renders of earlier requests have their voices. */
  departures: z
    .array(z.object({ at: Instant, people: z.int().positive(), renderRequest: z.int().positive() }))
    .optional(),
  tracks: z.array(EpisodeTrack),
  markers: z.array(Marker),
  /** Set by the creator; otherwise chapters follow from markers and edit. */
  chapters: z.array(Chapter).optional(),
  edit: EditList,
  publish: PublishMode,
  /** Counts what asks for other audio (edits, late tracks, retries): names the render job. */
  renderRequest: z.int().positive(),
  /** Of the render request that `master` answers. */
  renderedRequest: z.int().nonnegative(),
  /** How often a worker began on the current render request: bounds what can only be tried again. */
  renderAttempts: z.int().nonnegative(),
  /** Counts what asks for other public files (title, chapters, new master): names the publish job. */
  publishRequest: z.int().positive(),
  publishedRequest: z.int().nonnegative(),
  /** Which master the public audio was made of. */
  publishedRenderKey: Sha256.optional(),
  master: Master.optional(),
  renderKeys: z.array(Sha256),
  /** The render whose stems stand in for lost recordings while there is no master. */
  stemsFrom: Sha256.optional(),
  removal: Removal.optional(),
  /** Public files that are gone, of which copies may be kept elsewhere: domain/purge.ts. */
  purge: z
    .object({
      keys: z.array(z.string()),
      since: Instant,
      attempts: z.int().nonnegative(),
      nextAt: Instant.optional(),
      lastAnswer: z.string().optional(),
      givenUpAt: Instant.optional(),
    })
    .optional(),
  /** What the show's retention has removed, and when. */
  retired: z
    .object({ tracks: Instant.optional(), stemsAndMasters: Instant.optional(), intake: Instant.optional() })
    .optional(),
  audio: EpisodeAudio.optional(),
  /** In place of `audio`. */
  externalAudio: ExternalAudio.optional(),
  imported: Imported.optional(),
  cover: PublicFile.optional(),
  chaptersFile: PublicFile.optional(),
  /** How the public audio was made, for anybody to check. */
  passportFile: PublicFile.optional(),
  /** Pictures of its chapters. */
  chapterImages: z.array(PublicFile).optional(),
  /** The public audio in other formats. */
  alternates: z.array(PublicFile).optional(),
  /** As they are in the public audio; while other audio is being made, `chapters` and `edit` are ahead of it. */
  publishedChapters: z.array(Chapter).optional(),
  superseded: z.array(z.object({ key: z.string(), since: Instant })),
  failure: Notice.optional(),
  warnings: z.array(Notice),
  history: z.array(HistoryEntry),
  /** See domain/outbox.ts. */
  outbox: z.array(OutgoingMessage),
});
export type Manifest = z.infer<typeof Manifest>;
