/** An episode's soundbites as its audio has them now: the creator's, moved with every edit, or chosen from who talks when. */
import { movedSoundbite } from '../audio/moved-soundbites.ts';
import type { RenderReport } from '../audio/report.ts';
import { chooseSoundbites } from '../audio/soundbites.ts';
import { SpeechTurns } from '../audio/speech-turns.ts';
import type { Chapter, Manifest, Master } from '../domain/episode.ts';
import { SOUNDBITE_DROPPED, type Soundbite } from '../domain/episode-details.ts';
import type { Published } from '../domain/episode-life.ts';
import type { Notice } from '../domain/failure.ts';
import type { Sha256 } from '../domain/ids.ts';
import { turnsKey } from '../storage/object-keys.ts';
import type { ObjectStore } from './ports.ts';
import { readBytes } from './records.ts';

/** The namespace's, in characters: a chapter's title that is longer is no title for a clip. */
const TITLE_MAX = 128;
/** Two renders as long as that to a frame of MP3 were cut alike. */
const SAME_LENGTH_SECONDS = 0.03;
const END_TOLERANCE_SECONDS = 0.1;

export type EpisodeSoundbites = Pick<Published, 'soundbites' | 'ownSoundbites'> & {
  readonly warnings: readonly Notice[];
};

interface Material {
  readonly manifest: Manifest;
  readonly master: Master;
  readonly report: RenderReport | undefined;
  /** As they are in the audio. */
  readonly chapters: readonly Chapter[];
}

/** `soundbites` may be none; `ownSoundbites` are the creator's, if any, on the clock of this audio. */
export async function episodeSoundbites(material: Material, bucket: ObjectStore): Promise<EpisodeSoundbites> {
  const { manifest, master, report, chapters } = material;
  if (manifest.soundbites) return ownSoundbites(manifest.soundbites, manifest, master, bucket);
  const turns = await storedTurns(bucket, master.renderKey);
  if (!turns || !report) return { soundbites: [], warnings: [] };
  const { introSeconds, outroSeconds } = report.edit;
  const chosen = chooseSoundbites({
    turns: turns.turns,
    durationSeconds: master.durationSeconds,
    introSeconds,
    outroSeconds,
  });
  const soundbites = chosen.map((soundbite) => {
    const title = titleOf(soundbite, chapters, manifest);
    return title === undefined ? soundbite : { ...soundbite, title };
  });
  return { soundbites, warnings: [] };
}

/** Undefined where the render is gone, or was made before turns were kept. */
async function storedTurns(bucket: ObjectStore, renderKey: Sha256): Promise<SpeechTurns | undefined> {
  const object = await readBytes(bucket, turnsKey(renderKey));
  return object && SpeechTurns.safeParse(JSON.parse(object.bytes.toString('utf8'))).data;
}

async function ownSoundbites(
  set: readonly Soundbite[],
  { soundbitesOf: heard }: Manifest,
  { renderKey, durationSeconds }: Master,
  bucket: ObjectStore,
): Promise<EpisodeSoundbites> {
  const move =
    heard === undefined || heard.renderKey === renderKey || set.length === 0
      ? (one: Soundbite) => one
      : await mover(heard, { renderKey, durationSeconds }, bucket);
  const soundbites = set.flatMap((one) => {
    const moved = move(one);
    const isInside = moved && moved.startSeconds + moved.durationSeconds <= durationSeconds + END_TOLERANCE_SECONDS;
    return isInside ? [moved] : [];
  });
  const lost = set.length - soundbites.length;
  const message = `${lost} of the soundbites that were set ${lost === 1 ? 'is' : 'are'} not whole in the edited audio and ${lost === 1 ? 'was' : 'were'} left out: set the soundbites anew, or take them back to have them chosen.`;
  return {
    soundbites,
    ownSoundbites: { soundbites, soundbitesOf: { renderKey, durationSeconds } },
    warnings: lost > 0 ? [{ code: SOUNDBITE_DROPPED, message }] : [],
  };
}

type Audio = NonNullable<Manifest['soundbitesOf']>;

/** Where the old clock is not known any more, soundbites stay if the audio is as long as it was, and go if it is not. */
async function mover(
  before: Audio,
  now: Audio,
  bucket: ObjectStore,
): Promise<(one: Soundbite) => Soundbite | undefined> {
  const [old, latest] = [await storedTurns(bucket, before.renderKey), await storedTurns(bucket, now.renderKey)];
  const [from, to] = [old?.pieces, latest?.pieces];
  if (from && to) return (one) => movedSoundbite(one, from, to);
  const isAlike = Math.abs(before.durationSeconds - now.durationSeconds) <= SAME_LENGTH_SECONDS;
  return (one) => (isAlike ? one : undefined);
}

/** Of the chapter that all of it lies in, where that has a title of its own. */
function titleOf(
  { startSeconds, durationSeconds }: Soundbite,
  chapters: readonly Chapter[],
  episode: Manifest,
): string | undefined {
  const index = chapters.findLastIndex((chapter) => chapter.startSeconds <= startSeconds);
  const title = chapters[index]?.title;
  const nextSeconds = chapters[index + 1]?.startSeconds ?? Number.POSITIVE_INFINITY;
  if (title === undefined || nextSeconds < startSeconds + durationSeconds) return undefined;
  return title === episode.title || [...title].length > TITLE_MAX ? undefined : title;
}
