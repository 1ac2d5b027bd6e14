/** An episode's soundbites as its audio has them now: the creator's, moved with every edit, or chosen from who talks when. */
import { movedSoundbite } from '../audio/moved-soundbites.ts';
import type { RenderReport } from '../audio/report.ts';
import { chooseSoundbites } from '../audio/soundbites.ts';
import type { Chapter, Manifest, Master } from '../domain/episode.ts';
import { SOUNDBITE_DROPPED, type Soundbite } from '../domain/episode-details.ts';
import type { Published } from '../domain/episode-life.ts';
import type { Notice } from '../domain/failure.ts';
import { clockChange, storedTurns } from './creators-clock.ts';
import type { ObjectStore } from './ports.ts';

/** The namespace's, in characters: a chapter's title that is longer is no title for a clip. */
const TITLE_MAX = 128;
const END_TOLERANCE_SECONDS = 0.1;

export interface EpisodeSoundbites {
  readonly soundbites: readonly Soundbite[];
  readonly moved: NonNullable<Published['moved']>;
  readonly warnings: readonly Notice[];
}

interface Material {
  readonly manifest: Manifest;
  readonly master: Master;
  readonly report: RenderReport | undefined;
  /** As they are in the audio. */
  readonly chapters: readonly Chapter[];
}

/** `soundbites` may be none; `moved` are the creator's, if any, on the clock of this audio. */
export async function episodeSoundbites(material: Material, bucket: ObjectStore): Promise<EpisodeSoundbites> {
  const { manifest, master, report, chapters } = material;
  if (manifest.soundbites) return ownSoundbites(manifest.soundbites, manifest, master, bucket);
  const turns = await storedTurns(bucket, master.renderKey);
  if (!turns || !report) return { soundbites: [], moved: {}, warnings: [] };
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
  return { soundbites, moved: {}, warnings: [] };
}

/** While one of them is not whole in the audio they stay as they were set: taking the edit back brings it back. */
async function ownSoundbites(
  set: readonly Soundbite[],
  { soundbitesOf }: Manifest,
  { renderKey, durationSeconds }: Master,
  bucket: ObjectStore,
): Promise<EpisodeSoundbites> {
  const audio = { renderKey, durationSeconds };
  const change = await clockChange(soundbitesOf, audio, bucket);
  const soundbites = set.flatMap((one) => {
    const there = change.kind === 'other' ? movedSoundbite(one, change.before, change.after) : one;
    const isInside = there && there.startSeconds + there.durationSeconds <= durationSeconds + END_TOLERANCE_SECONDS;
    return isInside && change.kind !== 'unknown' ? [there] : [];
  });
  const lost = set.length - soundbites.length;
  if (lost === 0) return { soundbites, moved: { soundbites, soundbitesOf: audio }, warnings: [] };
  const which = lost === 1 ? 'One of the soundbites that were set is' : `${lost} of the soundbites that were set are`;
  const message = `${which} not whole in the edited audio, and left out of the feed: set them anew, or take the edit back.`;
  return { soundbites, moved: {}, warnings: [{ code: SOUNDBITE_DROPPED, message }] };
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
