/** What a creator may change of an episode (the body of PATCH), and what each change asks for. Pure. */
import { z } from 'zod';
import type { Manifest } from './episode.ts';
import { DetailsPatch, detailsOf, heardAudio, SOUNDBITE_DROPPED } from './episode-details.ts';
import { changed, needsRender } from './episode-life.ts';
import { publishWanted, unpublishWanted } from './episode-wishes.ts';
import { PermanentFailure } from './failure.ts';
import { STILL_NAMED, withoutPeople } from './leaving.ts';
import { audioWanted } from './new-episode.ts';
import { publicKeys } from './public-files.ts';
import { Description, EditList, PublicLink, PublishMode, roomDurationSeconds, Title, TrackKey } from './room.ts';

export const EpisodePatch = z.strictObject({
  title: Title.optional(),
  description: Description.optional(),
  chapters: z
    .array(
      z.strictObject({
        startSeconds: z.number().nonnegative(),
        title: Title,
        url: PublicLink,
        imageKey: TrackKey.optional(),
      }),
    )
    .max(1000)
    .optional(),
  edit: z.strictObject(EditList.shape).optional(),
  publish: PublishMode.optional(),
  ...DetailsPatch.shape,
});
export type EpisodePatch = z.infer<typeof EpisodePatch>;

/** Throws PermanentFailure('bad-request') for what this episode cannot do now. */
export function patched(manifest: Manifest, patch: EpisodePatch, now: Date): Manifest {
  const { edit, publish, chapters, title, description, ...details } = patch;
  let next = manifest;
  const words = {
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    ...detailsOf(manifest, details),
  };
  if (chapters || Object.keys(words).length > 0) {
    next = changed(
      next,
      now,
      'creator',
      `edited ${Object.keys(patch)
        .filter((name) => name !== 'edit' && name !== 'publish')
        .join(', ')}`,
      {
        ...words,
        warnings: warningsBesides(next, patch),
        ...(patch.description === undefined ? {} : withoutImportedHtml(next)),
        ...(chapters ? chaptersSet(next, chapters) : {}),
        publishRequest: next.publishRequest + 1,
      },
    );
  }
  if (edit) next = audioEdited(next, edit, now);
  if (publish) next = publishModeChanged(next, publish, now);
  return next;
}

/** On the clock of the audio that is there: see chaptersHeardIn. */
function chaptersSet(manifest: Manifest, chapters: NonNullable<EpisodePatch['chapters']>): Partial<Manifest> {
  const heard = heardAudio(manifest);
  return {
    chapters: chapters.toSorted((a, b) => a.startSeconds - b.startSeconds),
    ...({ chaptersHeardIn: heard } as Partial<Manifest>),
  };
}

/** What was written anew names nobody who left: whoever wrote it was told. */
function warningsBesides(
  { warnings }: Manifest,
  { title, description, seasonName, episodeDisplay, soundbites }: EpisodePatch,
): Manifest['warnings'] {
  const answered = [
    ...(soundbites === undefined ? [] : [SOUNDBITE_DROPPED]),
    ...(title === undefined ? [] : [STILL_NAMED.title]),
    ...(description === undefined ? [] : [STILL_NAMED.description]),
    ...(seasonName === undefined ? [] : [STILL_NAMED.seasonName]),
    ...(episodeDisplay === undefined ? [] : [STILL_NAMED.episodeDisplay]),
  ];
  return warnings.filter(({ code }) => !answered.includes(code));
}

/** What the creator writes now takes the place of what the old feed said. */
function withoutImportedHtml({ imported }: Manifest): Partial<Manifest> {
  if (!imported?.html) return {};
  const { html: _html, ...rest } = imported;
  return { imported: rest };
}

/** Who is left out is forgotten by name; what is public of them goes at once, not after the grace period. */
function audioEdited(manifest: Manifest, edit: EditList, now: Date): Manifest {
  if (manifest.imported) {
    throw new PermanentFailure(
      'tracks-gone',
      'This episode was imported as a finished file: its speakers’ recordings were never here, so its sound cannot be ' +
        'edited. Title, description, chapters, season and number can.',
    );
  }
  const { excludeParticipantIds: leaving = [], ...cuts } = edit;
  const wanted = Object.entries(cuts).filter(([, value]) => value !== undefined);
  const kept: EditList = { ...manifest.edit, ...Object.fromEntries(wanted) };
  if ((kept.trimStartSeconds ?? 0) + (kept.trimEndSeconds ?? 0) >= roomDurationSeconds(manifest)) {
    throw new PermanentFailure('bad-request', 'This edit trims away the whole room: nothing would be left to hear.');
  }
  const left = leaving.length === 0 ? undefined : withoutPeople(manifest, leaving, publicKeys(manifest), now);
  if (leaving.length > 0 && !left && wanted.length === 0) return manifest;
  const what = left ? 'somebody left' : 'edited audio';
  return audioWanted(left?.manifest ?? manifest, 'creator', what, now, { edit: kept, ...left?.fields });
}

function publishModeChanged(manifest: Manifest, publish: PublishMode, now: Date): Manifest {
  if (publish.mode === 'draft') return unpublishWanted(manifest, now);
  refuseToPublishFailed(manifest);
  if (publish.mode === 'auto') return publishWanted(manifest, 'creator', now);
  if (manifest.status === 'published') {
    throw new PermanentFailure(
      'bad-request',
      'This episode is published already: unpublish it first, then schedule it.',
    );
  }
  // A time that is over dates nothing back: it is published now.
  if (Date.parse(publish.at) <= now.getTime()) return publishWanted(manifest, 'creator', now);
  const isWaitingForAudio = needsRender(manifest) && !['draft', 'scheduled', 'unpublished'].includes(manifest.status);
  return changed(manifest, now, 'creator', `scheduled for ${publish.at}`, {
    publish,
    ...(isWaitingForAudio ? {} : { status: 'scheduled' as const, scheduledFor: publish.at }),
  });
}

/** Throws PermanentFailure('bad-request') where the last try to make it failed. */
export function refuseToPublishFailed(manifest: Manifest): void {
  if (!manifest.failure) return;
  const why = `This episode could not be made (${manifest.failure.message})`;
  throw new PermanentFailure('bad-request', `${why} Try again first (retry), then publish it.`);
}
