/** The show of an imported feed: created from what the feed says, or filled where the show here says nothing of its own. */
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { Manifest } from '../domain/episode.ts';
import { messageOf } from '../domain/failure.ts';
import type { ShowId } from '../domain/ids.ts';
import { Show, ShowSettings } from '../domain/show.ts';
import type { ImportedChannel } from '../feed/import/channel.ts';
import { type Oddities, quoted } from '../feed/import/oddity.ts';
import { podcastGuid } from '../feed/podcast-guid.ts';
import { checkShow } from '../feed/show-rules.ts';
import { feedUrl, showKey } from '../storage/object-keys.ts';
import { changeRecord } from './records.ts';
import { type CoverDependencies, keepUploadedArtwork, setShowCover } from './show-cover.ts';
import { ensureShow, readShow, titleFromId } from './shows.ts';
import { bytesOf, type Web } from './web.ts';

export interface ShowImport {
  readonly channel: ImportedChannel;
  /** The feed's address as it was: what its podcast:guid follows from where it says none. */
  readonly feedUrl: string | undefined;
  readonly manifests: readonly Manifest[];
  /** What the feed says also replaces what was set here. */
  readonly overwrites: boolean;
}

export interface ShowImportResult {
  readonly isNew: boolean;
  /** Settings that the feed gave. */
  readonly taken: readonly string[];
}

const MAX_ARTWORK_BYTES = 20 * 1024 ** 2;
const ARTWORK_MS = 60_000;

/** The show as it would be; nothing is written. `taken` names what differs from what is there. */
function merged(show: Show, { channel, overwrites, ...rest }: ShowImport, odd: Oddities) {
  const checked = checkShow({ title: show.title, ...channel.settings }, {});
  // What is wrong with a field was told, and the field left out, when the feed was read.
  const given: Record<string, unknown> = checked.ok ? checked.settings : {};
  const defaults: Record<string, unknown> = ShowSettings.parse({ title: titleFromId(show.id) });
  const current: Record<string, unknown> = show;
  const changes: Record<string, unknown> = {};
  for (const name of Object.keys(channel.settings)) {
    const value = given[name];
    if (value === undefined || isDeepStrictEqual(current[name], value)) continue;
    if (overwrites || isDeepStrictEqual(current[name], defaults[name])) changes[name] = value;
    else odd.lost('show-field-kept', keptMessage(name, current[name], value));
  }
  const guid = importedGuid(show, { channel, ...rest, overwrites }, odd);
  if (guid !== undefined && guid !== show.podcastGuid) changes['podcastGuid'] = guid;
  return changes;
}

function keptMessage(name: string, here: unknown, there: unknown): string {
  const words = (value: unknown) => quoted(typeof value === 'string' ? value : JSON.stringify(value));
  return `The show’s ${name} stays ${words(here)}, as it was set here; the feed says ${words(there)}. To take the feed’s: --overwrite-show`;
}

/** The show's identity moves with it, unless another one is known by podcast apps already. */
function importedGuid(show: Show, given: ShowImport, odd: Oddities): string | undefined {
  const told = given.channel.podcastGuid?.toLowerCase();
  const isRight = told !== undefined && z.uuid().safeParse(told).success;
  if (told !== undefined && !isRight)
    odd.lost('podcast-guid-unfit', `The feed’s podcast:guid ${quoted(told)} is no UUID: left out`);
  const derived = given.feedUrl === undefined ? undefined : podcastGuid(given.feedUrl);
  const guid = isRight ? told : derived;
  if (!isRight && derived !== undefined) {
    odd.changed(
      'podcast-guid-missing',
      `The feed has no podcast:guid: ${derived} follows from its address, as directories derive it`,
    );
  }
  if (guid === undefined || guid === show.podcastGuid) return guid;
  const isOurOwn = show.podcastGuid === podcastGuid(feedUrl(show.publicUrl, show.id));
  const wasPublished = given.manifests.some(({ imported, publishedAt }) => !imported && publishedAt !== undefined);
  if (given.overwrites || (isOurOwn && !wasPublished)) return guid;
  odd.lost(
    'podcast-guid-kept',
    `The show keeps its podcast:guid ${show.podcastGuid}, under which it is known; the feed’s is ${guid}. To take the feed’s: --overwrite-show`,
  );
  return undefined;
}

/** What importing would change of the show. Writes nothing. */
export async function previewShow(
  showId: ShowId,
  given: ShowImport,
  odd: Oddities,
  dependencies: CoverDependencies,
): Promise<ShowImportResult> {
  const existing = await readShow(dependencies.bucket, showId);
  const title = titleFromId(showId);
  const blank = existing ?? Show.parse({ ...ShowSettings.parse({ title }), ...blankIdentity(showId, dependencies) });
  return { isNew: existing === undefined, taken: Object.keys(merged(blank, given, odd)) };
}

function blankIdentity(id: ShowId, { publicUrl, clock }: CoverDependencies) {
  const at = clock.now().toISOString();
  const guid = podcastGuid(feedUrl(publicUrl, id));
  return { id, version: 1, createdAt: at, updatedAt: at, podcastGuid: guid, publicUrl, feedFormat: 1 };
}

/** The same feed again changes nothing. */
export async function importShow(
  showId: ShowId,
  given: ShowImport,
  odd: Oddities,
  web: Web,
  signal: AbortSignal,
  dependencies: CoverDependencies,
): Promise<ShowImportResult> {
  const { bucket, clock } = dependencies;
  const isNew = (await readShow(bucket, showId)) === undefined;
  await ensureShow(showId, dependencies);
  let taken: string[] = [];
  let told: Oddities['found'] = [];
  const { value: show } = await changeRecord(bucket, showKey(showId), Show, (current) => {
    const found = odd.fresh();
    const changes = merged(current, given, found);
    taken = Object.keys(changes);
    told = found.found;
    if (taken.length === 0) return undefined;
    return Show.parse({ ...current, ...changes, version: current.version + 1, updatedAt: clock.now().toISOString() });
  });
  odd.found.push(...told);
  if (await importArtwork(show, given, odd, web, signal, dependencies)) taken.push('artwork');
  return { isNew, taken };
}

/** Artwork that somebody uploaded here stays. True where the show has another cover now. */
async function importArtwork(
  show: Show,
  { channel: { imageUrl }, overwrites }: ShowImport,
  odd: Oddities,
  web: Web,
  signal: AbortSignal,
  dependencies: CoverDependencies,
): Promise<boolean> {
  if (imageUrl === undefined || (show.cover && !show.cover.generated && !overwrites)) return false;
  try {
    const answer = await web(imageUrl, { maxBytes: MAX_ARTWORK_BYTES, totalMs: ARTWORK_MS, signal });
    const image = await bytesOf(answer);
    if (!image) throw new Error(`it answers ${answer.status}, not 200`);
    const made = await setShowCover(show, image, dependencies);
    for (const { code, message } of made.warnings) odd.changed(code, message);
    if (made.generated) return false;
    await keepUploadedArtwork(dependencies.bucket, show.id, image, answer.contentType || 'application/octet-stream');
    return made.show.cover?.key !== show.cover?.key;
  } catch (error) {
    signal.throwIfAborted();
    odd.lost(
      'artwork-unreachable',
      `The artwork ${imageUrl} cannot be taken over: ${messageOf(error)}. Upload it to the show instead.`,
    );
    return false;
  }
}
