/** A show's cover: made from what was uploaded or named by its key, or generated, published in each size and recorded. */
import type { Notice } from '../domain/failure.ts';
import { type ShowId, sha256 } from '../domain/ids.ts';
import { Show } from '../domain/show.ts';
import {
  isPrivateKey,
  keyWithin,
  showCoverKey,
  showKey,
  uploadedArtworkKey,
  visibilityOf,
} from '../storage/object-keys.ts';
import { cacheControlOf } from '../storage/public-headers.ts';
import type { CoverMaker, ObjectStore } from './ports.ts';
import { changeRecord, readPicture } from './records.ts';
import type { ShowDependencies } from './shows.ts';

/** What lists, watches and cars show: a cover of 3000 pixels is too much for them. */
const SMALLER_PX = [1400, 600] as const;

export interface CoverDependencies extends ShowDependencies {
  readonly makeCover: CoverMaker;
}

type ShowCover = NonNullable<Show['cover']>;

/** Makes and uploads, without recording it. */
async function publishCover(show: Show, image: Uint8Array | undefined, { bucket, makeCover }: CoverDependencies) {
  const made = await makeCover(image, { title: show.title, seed: show.id }, SMALLER_PX);
  const publish = async (jpeg: Uint8Array) => {
    const key = showCoverKey(show.id, sha256(jpeg), visibilityOf(show));
    await bucket.put(key, jpeg, { contentType: 'image/jpeg', cacheControl: cacheControlOf(key) });
    return key;
  };
  const smaller = [];
  for (const { jpeg, sizePx } of made.smaller ?? []) smaller.push({ key: await publish(jpeg), widthPx: sizePx });
  const key = await publish(made.jpeg);
  return { ...made, recorded: { key, generated: made.generated, widthPx: made.sizePx, smaller } };
}

async function recordCover(
  show: Show,
  next: (current: Show) => ShowCover | undefined,
  dependencies: CoverDependencies,
) {
  return changeCover(show, dependencies, (current) => next(current) ?? current.cover);
}

async function changeCover(
  show: Show,
  { bucket, clock }: CoverDependencies,
  next: (current: Show) => ShowCover | undefined,
): Promise<Show> {
  const { value } = await changeRecord(bucket, showKey(show.id), Show, (current) => {
    const { cover: before, ...rest } = current;
    const cover = next(current);
    if (JSON.stringify(cover) === JSON.stringify(before)) return undefined;
    const updatedAt = clock.now().toISOString();
    return { ...rest, version: current.version + 1, updatedAt, ...(cover ? { cover } : {}) };
  });
  return value;
}

const artworkKeyOf = ({ artworkKey }: Show) => (artworkKey === undefined ? {} : { artworkKey });
const warningsOf = (warnings: readonly Notice[]) => (warnings.length === 0 ? {} : { warnings: [...warnings] });

/**
 * Takes an uploaded image for the show's cover. Throws nothing for a bad one: it changes nothing, `generated` is true
 * and the warnings say why.
 */
export async function setShowCover(show: Show, image: Uint8Array, dependencies: CoverDependencies) {
  const { recorded, warnings, generated } = await publishCover(show, image, dependencies);
  if (generated) return { show, warnings, generated };
  const cover = { ...recorded, ...artworkKeyOf(show), ...warningsOf(warnings) };
  return { show: await recordCover(show, () => cover, dependencies), warnings, generated };
}

/** Keeps the original as uploaded, so that a later cover recipe can start from it. */
export async function keepUploadedArtwork(bucket: ObjectStore, showId: ShowId, image: Uint8Array, contentType: string) {
  const key = uploadedArtworkKey(showId, sha256(image));
  await bucket.put(key, image, { contentType });
  return key;
}

/**
 * The show with a cover: taken from `artworkKey` where that is new, else generated where it has none, or one that shows
 * an earlier title. A key under which nothing is yet is looked for again whenever the feed is derived.
 */
export async function withCover(
  show: Show,
  dependencies: CoverDependencies & { readonly trackStore: ObjectStore },
): Promise<Show> {
  const { artworkKey, cover } = show;
  if (cover && isPrivateKey(cover.key) !== show.private)
    return withCover(await moveCover(show, dependencies), dependencies);
  const isChosen = artworkKey === undefined || cover?.artworkKey === artworkKey;
  const isCurrent = cover !== undefined && (!cover.generated || cover.title === show.title);
  if (isChosen && isCurrent) return show;
  const artwork = artworkKey === undefined ? 'missing' : await readPicture(dependencies.trackStore, artworkKey);
  if (artwork === 'missing' && isCurrent) return show;
  const image = typeof artwork === 'string' ? undefined : artwork;
  const { recorded, warnings, generated } = await publishCover(show, image, dependencies);
  const told = artwork === 'too-large' ? [tooLarge(artworkKey)] : warnings;
  const tried = artwork === 'missing' ? {} : artworkKeyOf(show);
  return recordCover(
    show,
    // Somebody's own artwork is never replaced by a generated one.
    ({ cover: current }) =>
      generated && current && !current.generated
        ? { ...current, ...tried, ...warningsOf(told) }
        : { ...recorded, ...tried, ...(generated && { title: show.title }), ...warningsOf(told) },
    dependencies,
  );
}

/** The show became private or public: its pictures lie beside its feed. Where one is gone, another is made. */
async function moveCover(show: Show, dependencies: CoverDependencies): Promise<Show> {
  const { bucket } = dependencies;
  const visibility = visibilityOf(show);
  const move = async (from: string): Promise<string | undefined> => {
    const key = keyWithin(visibility, from);
    const jpeg = await readPicture(bucket, from);
    if (typeof jpeg === 'string') return (await bucket.head(key)) ? key : undefined;
    await bucket.put(key, jpeg, { contentType: 'image/jpeg', cacheControl: cacheControlOf(key) });
    return key;
  };
  const key = show.cover && (await move(show.cover.key));
  const smaller: { key: string; widthPx: number }[] = [];
  for (const { key: from, widthPx } of show.cover?.smaller ?? []) {
    const to = await move(from);
    if (to !== undefined) smaller.push({ key: to, widthPx });
  }
  return changeCover(show, dependencies, (current) => {
    if (!current.cover || current.cover.key !== show.cover?.key) return current.cover;
    return key === undefined ? undefined : { ...current.cover, key, ...(current.cover.smaller ? { smaller } : {}) };
  });
}

function tooLarge(artworkKey: string | undefined): Notice {
  const message = `The picture under “${artworkKey}” is larger than any cover needs to be and was not read: give one below 20 MB.`;
  return { code: 'artwork-unusable', message };
}
