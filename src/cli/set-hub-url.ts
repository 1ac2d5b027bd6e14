/** set-hub-url: which WebSub hub is told of a show's changes, from now on and whatever the settings say. */
import { hubUrlProblem, readSettingsWithoutSecrets } from '../config.ts';
import { ShowId } from '../domain/ids.ts';
import { deriveFeed } from '../pipeline/feed-stage.ts';
import { setHub } from '../pipeline/show-hub.ts';
import { readShow } from '../pipeline/shows.ts';
import { feedDependencies, openProvenStores } from './engine.ts';
import { printResult } from './output.ts';
import { UsageError } from './usage-error.ts';

const NONE = 'none';

export async function setHubUrl(show: string, url: string, options: { json?: boolean }): Promise<void> {
  const showId = ShowId.safeParse(show);
  if (!showId.success) throw new UsageError(`"${show}" is no show id: they have 1 to 64 of a-z, 0-9 and -`);
  const problem = url === NONE ? undefined : hubUrlProblem(url);
  if (problem !== undefined) throw new UsageError(`the hub ${problem}; or ${NONE}`);
  const settings = readSettingsWithoutSecrets();
  const stores = await openProvenStores(settings);
  try {
    const known = await readShow(stores.bucket, showId.data);
    if (!known) throw new Error(`there is no show ${show} in ${stores.bucket.description}`);
    const dependencies = feedDependencies({ ...settings, publicUrl: known.publicUrl }, stores);
    const { hubUrl = '' } = await setHub(showId.data, url === NONE ? '' : url, dependencies);
    const result = await deriveFeed(showId.data, dependencies);
    printResult(options.json === true, { showId: show, hubUrl, result }, () =>
      hubUrl === '' ? `Changes of ${show} are told to no hub now.` : `Changes of ${show} are told to ${hubUrl} now.`,
    );
  } finally {
    await stores.close();
  }
}
