/** The only file that knows where things are in the bucket. */
import type { EpisodeId, Sha256, ShowId } from '../domain/ids.ts';
import type { Show } from '../domain/show.ts';

/** How files of these formats are called, and what they are served as. */
export const ALTERNATES = {
  aac: { suffix: '.m4a', contentType: 'audio/mp4' },
  opus: { suffix: '.opus', contentType: 'audio/ogg; codecs=opus' },
} as const;
export type AlternateFormat = keyof typeof ALTERNATES;

/** `number` 0 is the room.ended event; what was added later counts on. */
export const intakeKey = (room: Sha256, number: number) => `intake/${room}/${String(number).padStart(6, '0')}.json`;
export const intakePrefix = (room: Sha256) => `intake/${room}/`;

export const pendingKey = (room: Sha256) => `pending/${room}`;
export const PENDING_PREFIX = 'pending/';
/** Exists while a room of the show is announced or on air, so that nobody lists all shows to find them. */
export const onAirKey = (show: ShowId) => `on-air/${show}`;
export const ON_AIR_PREFIX = 'on-air/';

export const renderPrefix = (render: Sha256) => `renders/${render}/`;
export const masterKey = (render: Sha256) => `renders/${render}/master.mp3`;
export const peaksKey = (render: Sha256) => `renders/${render}/peaks.json`;
export const turnsKey = (render: Sha256) => `renders/${render}/turns.json`;
export const stemIndexKey = (render: Sha256) => `renders/${render}/stems/index.json`;
export const stemKey = (render: Sha256, name: string) => `renders/${render}/stems/${name}`;
export const alternateKey = (render: Sha256, format: AlternateFormat) =>
  `renders/${render}/alternate${ALTERNATES[format].suffix}`;
/** What was copied for an imported episode; `suffix` with its dot. */
export const importedOriginalKey = (imported: Sha256, suffix: string) => `renders/${imported}/original${suffix}`;
export const importedArtworkKey = (imported: Sha256) => `renders/${imported}/artwork`;
export const reportKey = (render: Sha256) => `renders/${render}/report.json`;

export const analysisKey = (recording: Sha256) => `tracks-cache/${recording}/analysis.json`;

/** What the WebSub hub of a show is still to be told. All in one place, so that nobody lists all shows to find them. */
export const hubPingKey = (show: ShowId) => `hub-pings/${show}.json`;
export const HUB_PINGS_PREFIX = 'hub-pings/';
/** Undefined for other keys. */
export function showIdOfPingKey(key: string): ShowId | undefined {
  return /^hub-pings\/([a-z0-9-]{1,64})\.json$/.exec(key)?.[1] as ShowId | undefined;
}

export const SHOWS_PREFIX = 'shows/';
export const showKey = (show: ShowId) => `shows/${show}/show.json`;
export const manifestKey = (show: ShowId, episode: EpisodeId) => `shows/${show}/episodes/${episode}.json`;
export const manifestPrefix = (show: ShowId) => `shows/${show}/episodes/`;
/** What is needed of the manifests for the feed; may be deleted at any time. */
export const catalogueKey = (show: ShowId) => `shows/${show}/catalogue.json`;
/** All that a feed is derived from, and little else. */
export const showPrefix = (show: ShowId) => `shows/${show}/`;
export const liveRoomsKey = (show: ShowId) => `shows/${show}/live.json`;
export const uploadedArtworkKey = (show: ShowId, content: Sha256) => `shows/${show}/artwork/${content}`;

/** Who a show is recorded to be for, with a token of their own each. */
export const listenersKey = (show: ShowId) => `shows/${show}/listeners.json`;
/** Exists while files of a show lie, or may yet come to lie, where they did before it became private or public. */
export const movingKey = (show: ShowId) => `moving/${show}.json`;
export const MOVING_PREFIX = 'moving/';
/** Undefined for other keys. */
export function showIdOfMovingKey(key: string): ShowId | undefined {
  return /^moving\/([a-z0-9-]{1,64})\.json$/.exec(key)?.[1] as ShowId | undefined;
}

/** Under which of the two folders all files of a show lie that its feed names, the feed among them. */
export type Visibility = 'public' | 'private';
export const visibilityOf = ({ private: isPrivate }: Pick<Show, 'private'>): Visibility =>
  isPrivate ? 'private' : 'public';
export const isPrivateKey = (key: string) => key.startsWith('private/');
/** Where the same file lies once the show is private, or public. */
export const keyWithin = (visibility: Visibility, key: string) =>
  key.replace(/^(?:public|private)\//, `${visibility}/`);
export const servedPrefix = (show: ShowId, visibility: Visibility) => `${visibility}/shows/${show}/`;

export const PUBLIC_PREFIX = 'public/';
export const feedKey = (show: ShowId, visibility: Visibility = 'public') => `${visibility}/shows/${show}/feed.xml`;
export const archivePagesPrefix = (show: ShowId, visibility: Visibility = 'public') =>
  `${visibility}/shows/${show}/archive/`;
/** `members`: of the ids of its episodes. Cut so short that no cache takes it for the name of immutable bytes. */
export const archivePageKey = (show: ShowId, number: number, members: Sha256, visibility: Visibility = 'public') =>
  `${visibility}/shows/${show}/archive/${number}-${members.slice(0, 12)}.xml`;
export const showCoverKey = (show: ShowId, content: Sha256, visibility: Visibility = 'public') =>
  `${visibility}/shows/${show}/cover-${content.slice(0, 16)}.jpg`;
export const showCoversPrefix = (show: ShowId, visibility: Visibility = 'public') =>
  `${visibility}/shows/${show}/cover-`;
/** `suffix` with its dot: .mp3, .jpg, .chapters.json, .passport.json */
export const episodeFileKey = (
  show: ShowId,
  episode: EpisodeId,
  content: Sha256,
  suffix: string,
  visibility: Visibility = 'public',
) => `${visibility}/shows/${show}/episodes/${episode}/${content}${suffix}`;
export const episodeFilesPrefix = (show: ShowId, episode: EpisodeId, visibility: Visibility = 'public') =>
  `${visibility}/shows/${show}/episodes/${episode}/`;
/** Wherever they may lie: for who removes what should be nowhere. */
export const episodeFilesPrefixes = (show: ShowId, episode: EpisodeId): readonly string[] => [
  episodeFilesPrefix(show, episode, 'public'),
  episodeFilesPrefix(show, episode, 'private'),
];

/** Downloads: who heard what on a day that still runs (hashes), the numbers of days that are over, the salts of today's hashes. */
export const openCountsKey = (show: ShowId, day: string, name: string) => `stats/open/${show}/${day}/${name}.json`;
export const openCountsPrefix = (show: ShowId) => `stats/open/${show}/`;
export const OPEN_COUNTS_PREFIX = 'stats/open/';
export const dayCountsKey = (show: ShowId, day: string) => `stats/days/${show}/${day}.json`;
export const dayCountsPrefix = (show: ShowId) => `stats/days/${show}/`;
export const saltKey = (day: string) => `stats/salts/${day}.json`;
export const SALTS_PREFIX = 'stats/salts/';

export const leaseKey = (name: string) => `leases/${name}.json`;
export const PROBE_PREFIX = 'probe/';

/** What nobody may read who has no credentials: what platforms told, what is not published, what is for listeners alone. */
export const SECLUDED_FOLDERS: readonly string[] = ['intake', 'private', 'renders', 'shows', 'stats', 'tracks-cache'];
export const PUBLIC_FOLDER = 'public';
export const anonymousProbeKey = (folder: string, name: string) => `${folder}/probe-${name}`;

const PLAIN_PATH = /^[\w./-]*$/;

/** A listener's token: 256 random bits in base64url. */
export const LISTENER_TOKEN_LENGTH = 43;
/** Stands for the token in what is stored, as long as every token, so that no length changes when one takes its place. */
export const TOKEN_PLACEHOLDER = '~here-stands-the-token-of-each-listener~~~~';

const withoutSlash = (url: string) => (url.endsWith('/') ? url.replace(/\/+$/, '') : url);
/** What every address begins with that is for one listener alone. */
export const listenerUrl = (publicUrl: string, token: string) => `${withoutSlash(publicUrl)}/private/${token}/`;

/** What lies under public/ has the same path in its URL; under private/ a listener's token stands before it. */
export function publicUrlOf(publicUrl: string, key: string): string {
  const isPrivate = isPrivateKey(key);
  const path = key.slice((isPrivate ? 'private/' : PUBLIC_PREFIX).length);
  const encoded = PLAIN_PATH.test(path) ? path : path.split('/').map(encodeURIComponent).join('/');
  return isPrivate ? listenerUrl(publicUrl, TOKEN_PLACEHOLDER) + encoded : `${withoutSlash(publicUrl)}/${encoded}`;
}
export const feedUrl = (publicUrl: string, show: ShowId, visibility: Visibility = 'public') =>
  publicUrlOf(publicUrl, feedKey(show, visibility));

export const isManifestKey = (key: string) => /^shows\/[a-z0-9-]{1,64}\/episodes\/ep-[0-9a-f]{32}\.json$/.test(key);

/** The show of a show record's key, undefined for other keys. */
export function showIdOfKey(key: string): ShowId | undefined {
  return /^shows\/([a-z0-9-]{1,64})\/show\.json$/.exec(key)?.[1] as ShowId | undefined;
}

/** The episode whose audio lies at this key, public or private; undefined for every other key. */
export function episodeOfAudioKey(
  key: string,
): { readonly showId: ShowId; readonly episodeId: EpisodeId; readonly name: string } | undefined {
  const match =
    /^(?:public|private)\/shows\/([a-z0-9-]{1,64})\/episodes\/(ep-[0-9a-f]{32})\/([^/]+\.(?:mp3|m4a|opus))$/.exec(key);
  return match ? { showId: match[1] as ShowId, episodeId: match[2] as EpisodeId, name: match[3] ?? '' } : undefined;
}

/** The parts of an open record's key, undefined for other keys. */
export function partsOfOpenCountsKey(
  key: string,
): { readonly showId: ShowId; readonly day: string; readonly name: string } | undefined {
  const match = /^stats\/open\/([a-z0-9-]{1,64})\/(\d{4}-\d\d-\d\d)\/([^/]+)\.json$/.exec(key);
  return match ? { showId: match[1] as ShowId, day: match[2] ?? '', name: match[3] ?? '' } : undefined;
}

/** The day of a salt or of a day's counts, whatever show they are of; undefined for other keys. */
export function dayOfStatsKey(key: string): string | undefined {
  return /^stats\/(?:salts|days\/[a-z0-9-]{1,64})\/(\d{4}-\d\d-\d\d)\.json$/.exec(key)?.[1];
}
