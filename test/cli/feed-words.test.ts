/** What commands print as the address of a show's feed. */
import { afterAll, expect, it } from 'vitest';
import { openFolderStore } from '../../src/adapters/folder/folder-store.ts';
import { describeSummary, summarise } from '../../src/cli/episode-summary.ts';
import { feedNamed } from '../../src/cli/feed-words.ts';
import { ShowId } from '../../src/domain/ids.ts';
import { showKey } from '../../src/storage/object-keys.ts';
import { sampleEpisode, sampleShow } from '../feed/sample-show.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';

const folder = makeTempFolder('feed-words');
afterAll(() => removeFolder(folder));
const bucket = openFolderStore(folder);
const URL_OF_OURS = 'https://podcasts.example.org';

async function kept(isPrivate: boolean): Promise<ShowId> {
  const id = ShowId.parse(isPrivate ? 'board' : 'late');
  const show = sampleShow({ id, private: isPrivate });
  await bucket.put(showKey(id), JSON.stringify(show), { contentType: 'application/json' });
  return id;
}

it('is the one feed of a public show, also of one that is not there yet', async () => {
  const id = await kept(false);
  const url = `${URL_OF_OURS}/shows/late/feed.xml`;
  expect(await feedNamed(id, URL_OF_OURS, bucket)).toEqual({ url, words: url, isPrivate: false });
  expect((await feedNamed(ShowId.parse('new'), URL_OF_OURS, bucket)).url).toBe(`${URL_OF_OURS}/shows/new/feed.xml`);
});

it('is no address at all for a private show, whose listeners each have their own: it says how one is made', async () => {
  const id = await kept(true);
  const summary = await summarise(sampleEpisode(1, { showId: id }), bucket, URL_OF_OURS);
  expect(summary.feedUrl).toMatch(/\/private\/.*token.*\/shows\/board\/feed\.xml$/);
  const told = describeSummary(summary);
  expect(told).toMatch(/feed +private: each listener has an address of their own.*aftershow listeners board add/);
  expect(told).not.toContain('http');
});
