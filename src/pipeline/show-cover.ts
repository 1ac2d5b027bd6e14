/** A show's cover: made from what was uploaded or named by its key, or generated, published in each size and recorded. */
import type { Notice } from '../domain/failure.ts';
import { type ShowId, sha256 } from '../domain/ids.ts';
import { Show } from '../domain/show.ts';
import { showCoverKey, showKey, uploadedArtworkKey } from '../storage/object-keys.ts';
import type { CoverMaker, ObjectStore } from './ports.ts';
import { changeRecord, readPicture } from './records.ts';
import type { ShowDependencies } from './shows.ts';

const COVER_CACHE = 'public, max-age=31536000, immutable';
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
    const key = showCoverKey(show.id, sha256(jpeg));
    await bucket.put(key, jpeg, { contentType: 'image/jpeg', cacheControl: COVER_CACHE });
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
  const { value } = await changeRecord(dependencies.bucket, showKey(show.id), Show, (current) => {
    const cover = next(current) ?? current.cover;
    if (cover === undefined || JSON.stringify(cover) === JSON.stringify(current.cover)) return undefined;
    const updatedAt = dependencies.clock.now().toISOString();
    return { ...current, version: current.version + 1, updatedAt, cover };
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

function tooLarge(artworkKey: string | undefined): Notice {
  const message = `The picture under “${artworkKey}” is larger than any cover needs to be and was not read: give one below 20 MB.`;
  return { code: 'artwork-unusable', message };
}
