/** The one writer of a feed, whatever others do to it meanwhile: on the real store. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PermanentFailure } from '../../src/domain/failure.ts';
import { ShowId } from '../../src/domain/ids.ts';
import { ShowSettings } from '../../src/domain/show.ts';
import { feedGeneration } from '../../src/feed/feed-mark.ts';
import { deriveFeed, overruleFeed } from '../../src/pipeline/feed-stage.ts';
import { putShow } from '../../src/pipeline/shows.ts';
import { feedKey, manifestKey } from '../../src/storage/object-keys.ts';
import { sampleEpisode } from '../feed/sample-show.ts';
import { startApp, type TestApp } from '../support/app.ts';

describe('deriving a feed', () => {
  let app: TestApp;
  let shows = 0;
  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());

  const newShow = async () => {
    const showId = ShowId.parse(`show-${++shows}`);
    await putShow(showId, ShowSettings.parse({ title: 'A show' }), app.engine);
    return showId;
  };
  const put = (key: string, body: string) => app.engine.bucket.put(key, body, { contentType: 'application/json' });
  const addEpisode = async (showId: ShowId, number: number) => {
    const episode = sampleEpisode(number, { showId });
    await put(manifestKey(showId, episode.id), JSON.stringify(episode));
    return episode;
  };
  const feedOf = (showId: ShowId) => app.read(feedKey(showId)).toString();

  it('writes nothing when nothing changed, so that apps keep getting 304', async () => {
    const showId = await newShow();
    await addEpisode(showId, 1);
    expect(await deriveFeed(showId, app.engine)).toBe('written');
    const etag = (await app.engine.bucket.head(feedKey(showId)))?.etag;
    expect(await deriveFeed(showId, app.engine)).toBe('unchanged');
    expect((await app.engine.bucket.head(feedKey(showId)))?.etag).toBe(etag);
  });

  it('loses no episode when sixteen writers derive while episodes come', async () => {
    const showId = await newShow();
    await Promise.all(
      Array.from({ length: 16 }, async (_, number) => {
        await addEpisode(showId, number + 1);
        await deriveFeed(showId, app.engine);
      }),
    );
    expect(feedOf(showId).match(/<item>/g)).toHaveLength(16);
  });

  it('never replaces a feed that knows more, and says how to put it back to the manifests', async () => {
    const showId = await newShow();
    const episode = await addEpisode(showId, 1);
    await put(manifestKey(showId, episode.id), JSON.stringify({ ...episode, version: 500, title: 'Newer' }));
    await deriveFeed(showId, app.engine);
    await put(manifestKey(showId, episode.id), JSON.stringify(episode));
    const refusal = await deriveFeed(showId, app.engine).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(PermanentFailure);
    expect(String(refusal)).toContain(`rebuild --show ${showId} --force`);
    expect(feedOf(showId)).toContain('Newer');
    const before = feedGeneration(feedOf(showId)) ?? 0;
    expect(await overruleFeed(showId, app.engine)).toBe('written');
    expect(feedOf(showId)).not.toContain('Newer');
    expect(feedGeneration(feedOf(showId))).toBeGreaterThan(before);
  });

  it('is refused to a program with another public address, or older than the feed', async () => {
    const showId = await newShow();
    const elsewhere = { ...app.engine, publicUrl: 'https://elsewhere.example.org' };
    await expect(deriveFeed(showId, elsewhere)).rejects.toThrow('set-public-url');
    const record = JSON.parse(app.read(`shows/${showId}/show.json`).toString());
    await put(`shows/${showId}/show.json`, JSON.stringify({ ...record, feedFormat: 99 }));
    await expect(deriveFeed(showId, app.engine)).rejects.toThrow('newer aftershow');
  });
});
