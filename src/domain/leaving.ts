/** Somebody leaves an episode: what it is without them, and what must go of what was made with them. Pure. */
import type { Manifest, Removal } from './episode.ts';
import { type Notice, PermanentFailure } from './failure.ts';
import type { ParticipantId, Sha256 } from './ids.ts';
import { isLeftOut, leftOutMark } from './left-out.ts';
import { namesAnyOf } from './named-in.ts';
import { withoutPublicFiles } from './public-files.ts';

/** Words of the creator's that still name somebody: told until they are written anew. */
export const STILL_NAMED = {
  title: 'title-names-someone-who-left',
  description: 'description-names-someone-who-left',
  seasonName: 'season-name-names-someone-who-left',
  episodeDisplay: 'episode-display-names-someone-who-left',
};
const FIELDS = {
  title: 'title',
  description: 'description',
  seasonName: 'season’s name',
  episodeDisplay: 'number shown',
};

/**
 * The fields of the manifest without these people. What is public goes at once, so the episode is out of the feed until
 * its audio is there without them; GUID and date stay. Undefined where all of them have left already. Throws
 * PermanentFailure('bad-request') for people who are not in it, and where nobody would be left. `files`: keys of all that
 * is public now.
 */
export function withoutPeople(
  manifest: Manifest,
  ids: readonly ParticipantId[],
  files: readonly string[],
  now: Date,
): { readonly manifest: Manifest; readonly fields: Partial<Manifest> } | undefined {
  const here = new Set(manifest.participants.map(({ id }) => id));
  const unknown = ids.filter((id) => !here.has(id) && !isLeftOut(manifest, id));
  if (unknown.length > 0) {
    const who = unknown.map((id) => JSON.stringify(id)).join(', ');
    throw new PermanentFailure('bad-request', `Nobody in this episode has the id ${who}: see its participants.`);
  }
  const leaving = new Set(ids.filter((id) => here.has(id)));
  if (leaving.size === 0) return undefined;
  const participants = manifest.participants.filter(({ id }) => !leaving.has(id));
  if (participants.length === 0) {
    throw new PermanentFailure('bad-request', 'Nobody would be left in this episode: erase it instead (DELETE).');
  }
  const names = manifest.participants.flatMap(({ id, name }) => (leaving.has(id) && name ? [name] : []));
  /** Words with their name, or an address that is theirs. */
  const addresses = new Set(
    manifest.participants.filter(({ id }) => leaving.has(id)).flatMap(({ url }) => (url === undefined ? [] : [url])),
  );
  const isTheirs = (text = '') => addresses.has(text) || namesAnyOf(text, names);
  const {
    publishedChapters: _publishedChapters,
    publishedSoundbites: _publishedSoundbites,
    publishedRenderKey: _key,
    master,
    ...rest
  } = withoutPublicFiles(manifest);
  const stemsFrom = master?.renderKey ?? manifest.stemsFrom;
  return {
    manifest: rest,
    fields: {
      participants,
      tracks: manifest.tracks.filter((track) => !leaving.has(track.participantId)),
      leftOut: [
        ...new Set([...(manifest.leftOut ?? []), ...[...leaving].map((id) => leftOutMark(manifest.roomHash, id))]),
      ],
      markers: manifest.markers.filter(
        ({ title, participantId }) =>
          !(participantId !== undefined && leaving.has(participantId)) && !namesAnyOf(title, names),
      ),
      ...(manifest.chapters ? { chapters: manifest.chapters.filter(({ title }) => !namesAnyOf(title, names)) } : {}),
      ...(manifest.soundbites
        ? { soundbites: manifest.soundbites.filter(({ title = '' }) => !namesAnyOf(title, names)) }
        : {}),
      ...(manifest.contentLinks
        ? { contentLinks: manifest.contentLinks.filter((link) => !Object.values(link).some(isTheirs)) }
        : {}),
      ...(manifest.socialInteract
        ? { socialInteract: manifest.socialInteract.filter((talk) => !Object.values(talk).some(isTheirs)) }
        : {}),
      warnings: [...lastingWarnings(manifest), ...stillNamed(manifest, names)],
      superseded: [],
      ...(stemsFrom ? { stemsFrom } : {}),
      removal: removalOf(manifest, files, now, leaving),
      departures: [
        ...(manifest.departures ?? []),
        { at: now.toISOString(), people: leaving.size, renderRequest: manifest.renderRequest + 1 },
      ],
    },
  };
}

/** Everything made so far, and what was recorded of these people, or of all; added to what is owed already. */
export function removalOf(
  manifest: Manifest,
  files: readonly string[],
  now: Date,
  leaving?: ReadonlySet<ParticipantId>,
): Removal {
  const { removal, renderKeys, tracks, superseded, artworkKey, chapters = [] } = manifest;
  const theirs = tracks.filter(({ participantId }) => leaving?.has(participantId) ?? true);
  const digests = theirs.flatMap(({ heardSha256, sha256 }) => [heardSha256, sha256]);
  const unheard = theirs.filter(({ heardSha256 }) => heardSha256 === undefined).map(({ key }) => key);
  const union = <T>(known: readonly T[] | undefined, more: readonly T[]) => [...new Set([...(known ?? []), ...more])];
  return {
    since: now.toISOString(),
    renderKeys: union(removal?.renderKeys, renderKeys),
    recordings: union(
      removal?.recordings,
      digests.filter((digest): digest is Sha256 => digest !== undefined),
    ),
    trackKeys: union(removal?.trackKeys, [
      ...theirs.map(({ key }) => key),
      // Everything goes: so do the room's own pictures.
      ...(leaving === undefined ? [artworkKey, ...chapters.map(({ imageKey }) => imageKey)] : []).filter(
        (key) => key !== undefined,
      ),
    ]),
    unheardKeys: union(removal?.unheardKeys, unheard),
    publicKeys: union(removal?.publicKeys, [...files, ...superseded.map(({ key }) => key)]),
  };
}

/** A render that was under way when somebody left, or when all was erased, came to its end: it goes as well. */
export function isMadeBeforeLeaving(manifest: Manifest, renderRequest: number): boolean {
  if (manifest.status === 'erased') return true;
  return (manifest.departures ?? []).some((departure) => renderRequest < departure.renderRequest);
}

export function lastingWarnings({ warnings }: Pick<Manifest, 'warnings'>): Notice[] {
  return warnings.filter(({ code }) => Object.values(STILL_NAMED).includes(code));
}

/** The creator's own words are not rewritten. Names nobody. */
function stillNamed(manifest: Manifest, names: readonly string[]): Notice[] {
  return (['title', 'description', 'seasonName', 'episodeDisplay'] as const)
    .filter((field) => namesAnyOf(manifest[field] ?? '', names))
    .filter((field) => !manifest.warnings.some(({ code }) => code === STILL_NAMED[field]))
    .map((field) => ({
      code: STILL_NAMED[field],
      message: `The ${FIELDS[field]} still names somebody who left this episode. It is left as you wrote it: please change it.`,
    }));
}
