/** retention: what shows keep for how long, and what would go when. Changes nothing. */
import { readSettingsWithoutSecrets } from '../config.ts';
import type { Manifest } from '../domain/episode.ts';
import { type Due, dueOf, type Retention } from '../domain/retention.ts';
import { readManifests } from '../pipeline/manifests.ts';
import { openProvenStores } from './engine.ts';
import { printResult, table } from './output.ts';
import { wantedShowId, wantedShows } from './wanted-shows.ts';

interface PlannedEpisode {
  readonly episodeId: string;
  readonly title: string;
  readonly status: Manifest['status'];
  readonly due: readonly (Due & { readonly isDue: boolean })[];
  /** What has gone already, and when. */
  readonly retired: NonNullable<Manifest['retired']>;
}

interface PlannedShow {
  readonly showId: string;
  readonly retention: Retention;
  readonly episodes: readonly PlannedEpisode[];
}

export async function showRetention(options: { show?: string; json?: boolean }): Promise<void> {
  const showId = wantedShowId(options.show);
  const settings = readSettingsWithoutSecrets();
  const stores = await openProvenStores(settings);
  const now = new Date().toISOString();
  try {
    const shows: PlannedShow[] = [];
    for (const { id, retention } of await wantedShows(stores.bucket, showId)) {
      const manifests = (await readManifests(stores.bucket, id)).filter(({ status }) => status !== 'erased');
      const episodes = manifests.map((manifest) => planned(manifest, retention, settings.ownsTracks, now));
      shows.push({ showId: id, retention, episodes });
    }
    const { ownsTracks } = settings;
    printResult(options.json === true, { now, ownsTracks, shows }, () => asText(shows, ownsTracks));
  } finally {
    await stores.close();
  }
}

function planned(manifest: Manifest, retention: Retention, ownsTracks: boolean, now: string): PlannedEpisode {
  const { id, title, status, retired = {} } = manifest;
  const due = dueOf(manifest, retention)
    .filter((one) => ownsTracks || one.class !== 'tracks')
    .map((one) => ({ ...one, isDue: one.at <= now }));
  return { episodeId: id, title, status, due, retired };
}

function asText(shows: readonly PlannedShow[], ownsTracks: boolean): string {
  const blocks = shows.map(({ showId, retention, episodes }) => {
    const limits = Object.entries(retention).map(([name, days]) => `${name} ${days ?? 'kept'}`);
    const rows = episodes.flatMap(({ episodeId, title, status, due }) =>
      due.map((one) => [episodeId, status, one.class, one.isDue ? 'due now' : one.at.slice(0, 10), one.because, title]),
    );
    const head = `${showId}: ${limits.join(', ')}`;
    return [head, rows.length === 0 ? '  nothing goes' : table(rows, '  ')].join('\n');
  });
  const note = ownsTracks ? [] : ['Recordings are never removed here: AFTERSHOW_TRACKS_OWNED is no.'];
  return [...(blocks.length === 0 ? ['There are no shows yet.'] : blocks), ...note].join('\n\n');
}
