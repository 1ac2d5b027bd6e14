/** One of several writers of a show, until it is killed or told to end: `STORAGE_URL PUBLIC_URL WORK_FOLDER SHOW_ID EPISODES SEED`. */
import { PassingFailure, PermanentFailure } from '../../src/domain/failure.ts';
import { ShowId } from '../../src/domain/ids.ts';
import { eraseEpisode, patchEpisode, publishEpisode, unpublishEpisode } from '../../src/pipeline/episodes.ts';
import { deriveFeed } from '../../src/pipeline/feed-stage.ts';
import { removeUnwantedFiles } from '../../src/pipeline/retire.ts';
import { finishedDraft, modelDependencies, publishWhatIsAsked, seeded } from '../support/feed-model.ts';

const [, , storageUrl = '', publicUrl = '', workFolder = '', show = '', episodes = '', seed = ''] = process.argv;
const showId = ShowId.parse(show);
const dependencies = modelDependencies(storageUrl, publicUrl, workFolder);
const random = seeded(seed);
const say = (line: string) => process.stdout.write(`${line}\n`);

let isEnding = false;
process.on('SIGTERM', () => {
  isEnding = true;
});

async function step(): Promise<void> {
  const number = 1 + Math.floor(random() * Number(episodes));
  const id = finishedDraft(showId, number, 1).id;
  const choice = random();
  if (choice < 0.4) {
    await publishEpisode(showId, id, dependencies);
    await publishWhatIsAsked(showId, id, dependencies);
    await deriveFeed(showId, dependencies);
    say(`published ${id}`);
  } else if (choice < 0.65) {
    const title = `Edited ${seed} ${Math.floor(random() * 1e9)}`;
    await patchEpisode(showId, id, () => true, { title }, dependencies);
    await publishWhatIsAsked(showId, id, dependencies);
    await deriveFeed(showId, dependencies);
    say(`edited ${id}`);
  } else if (choice < 0.93) {
    const manifest = await unpublishEpisode(showId, id, dependencies);
    await deriveFeed(showId, dependencies);
    // As sweep does, once the feed no longer names them.
    await removeUnwantedFiles(manifest, dependencies);
    say(`unpublished ${id}`);
  } else {
    await eraseEpisode(showId, id, dependencies);
    say(`erased ${id}`);
  }
}

say('ready');
while (!isEnding) {
  try {
    await step();
  } catch (error) {
    // What creators and queues are told: it was erased, somebody else was quicker, it is tried again.
    if (!(error instanceof PermanentFailure || error instanceof PassingFailure)) throw error;
    if (error instanceof PermanentFailure && error.code !== 'not-found' && error.code !== 'tracks-gone') throw error;
    say(`refused ${error.code}`);
  }
}
say('ended');
