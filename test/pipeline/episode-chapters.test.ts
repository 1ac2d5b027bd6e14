/** A creator's chapters on the audio that there is. */
import { afterAll, describe, expect, it } from 'vitest';
import { openFolderStore } from '../../src/adapters/folder/folder-store.ts';
import { sha256 } from '../../src/domain/ids.ts';
import { episodeChapters } from '../../src/pipeline/episode-chapters.ts';
import { sampleEpisode } from '../feed/sample-show.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';

const folder = makeTempFolder('episode-chapters');
afterAll(() => removeFolder(folder));
const bucket = openFolderStore(folder);
const loudness = { integratedLufs: -16, truePeakDbtp: -1, loudnessRangeLu: 5 };
const master = { renderKey: sha256('render'), durationSeconds: 90, loudness };

const made = (starts: readonly number[]) => {
  const chapters = starts.map((startSeconds) => ({ startSeconds, title: `at ${startSeconds}` }));
  return episodeChapters({ ...sampleEpisode(1), master, chapters }, master, bucket);
};

describe('chapters that a creator set', () => {
  it('beyond the end are not published, are kept, and are named in a warning', async () => {
    const { chapters, moved, warnings } = await made([0, 30, 95, 200]);
    expect(chapters.map(({ startSeconds }) => startSeconds)).toEqual([0, 30]);
    expect(moved.chapters).toHaveLength(4);
    expect(warnings).toEqual([{ code: 'chapter-beyond-end', message: expect.stringMatching(/“at 95”.*90 s/) }]);
  });

  it('within the audio are nothing to warn of', async () => {
    expect((await made([0, 89.9])).warnings).toEqual([]);
  });
});
