/** A show comes over from another host: every episode under its GUID, every oddity told, whatever is done twice. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseFeed } from '../../src/feed/feed-reading.ts';
import { apiClient, problemOf } from '../support/api-client.ts';
import { PUBLIC_URL, startApp, type TestApp } from '../support/app.ts';
import { importInto, type OldHost, startOldHost } from '../support/old-host.ts';

let app: TestApp;
let old: OldHost;
beforeAll(async () => {
  [app, old] = await Promise.all([startApp({ workers: true }), startOldHost()]);
});
afterAll(async () => {
  await old.close();
  await app.close();
});

const GUIDS = () => [
  'nr-0012',
  'https://night-radio.example/?p=11',
  'nr-0010',
  `${old.url}/audio/9.mp3`,
  `${old.url}/audio/8.mp3`,
  'nr-0007',
  'nr-0005',
  'nr-0002',
  'nr-0001',
];
const feedOf = async (show: string) => {
  const parsed = parseFeed(await (await fetch(`${app.url}/shows/${show}/feed.xml`)).text());
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.feed;
};
const itemOf = async (show: string, guid: string) => (await feedOf(show)).episodes.find((item) => item.guid === guid);
const local = (url = '') => url.replace(PUBLIC_URL, app.url);
const codes = (report: { oddities: readonly { code: string }[] }) => new Set(report.oddities.map(({ code }) => code));

describe('A feed that is imported without its media', () => {
  it('is a feed here with the same GUIDs, dates and enclosures, and with lengths that are true', async () => {
    const report = await importInto(app, 'stays', old.feed);
    expect(report).toMatchObject({ ok: true, pages: 2, counts: { imported: 9, skipped: 3, failed: 0 } });
    expect(report.show).toMatchObject({ isNew: true });
    expect(report.show.taken).toContain('artwork');
    const feed = await feedOf('stays');
    expect(feed.episodes.map(({ guid }) => guid)).toEqual(GUIDS());
    expect(feed).toMatchObject({
      title: 'Night Radio & Friends',
      description: 'Late talks, played records & no hurry.',
      podcastGuid: '917393e3-1b1e-5cef-ace4-edaa54e1f810',
      ownerEmail: 'mara@night-radio.example',
      categories: ['Leisure > Games', 'Music > Music Interviews'],
    });
    expect(feed.episodes[0]).toMatchObject({
      title: '12: Plain & right',
      publishedAt: '2020-11-06T07:30:00.000Z',
      durationSeconds: 4,
      enclosure: { url: `${old.url}/audio/12.mp3`, lengthBytes: 64000, type: 'audio/mpeg' },
    });
    // Of 0, of seconds instead of bytes, and of none at all: the server was asked.
    for (const position of [1, 2, 4]) {
      expect(feed.episodes[position]?.enclosure?.lengthBytes).toBe(old.mp3.length);
    }
    expect(feed.episodes[2]?.enclosure?.url).toBe(`${old.url}/audio/10%20final%20mix.mp3`);
    expect(codes(report)).toContain('length-asked');
    expect((await fetch(local(feed.imageUrl))).headers.get('content-type')).toBe('image/jpeg');
  });

  it('has its chapters, people and formatted show notes', async () => {
    const xml = await (await fetch(`${app.url}/shows/stays/feed.xml`)).text();
    expect(xml).toContain('<a href="https://night-radio.example/12">in two lines</a>');
    expect(xml).toMatch(/<podcast:person role="host" href="https:\/\/mara\.example\/">Mara</);
    expect(xml).toContain(
      '<psc:chapter start="00:00:02.500" title="The record" href="https://night-radio.example/record"/>',
    );
    const eleven = await itemOf('stays', 'https://night-radio.example/?p=11');
    const chapters = await (await fetch(local(eleven?.chaptersUrl))).json();
    expect(chapters).toMatchObject({
      chapters: [
        { startTime: 0, title: 'Start' },
        { startTime: 2, title: 'Two' },
      ],
    });
  });

  it('changes nothing when it is imported again', async () => {
    const before = app.keys('shows/stays/').map((key) => [key, app.read(key).toString()]);
    const report = await importInto(app, 'stays', old.feed);
    expect(report).toMatchObject({
      ok: true,
      counts: { imported: 0, 'already-there': 9 },
      show: { isNew: false, taken: [] },
    });
    expect(app.keys('shows/stays/').map((key) => [key, app.read(key).toString()])).toEqual(before);
  });

  it('keeps what was set here since, and says so', async () => {
    const client = apiClient(app.url);
    const show = (await (await client.call('GET', '/shows/stays')).json()) as Record<string, unknown>;
    expect((await client.call('PUT', '/shows/stays', { ...show, title: 'Night Radio, renewed' })).status).toBe(200);
    const report = await importInto(app, 'stays', old.feed);
    const kept = report.oddities.find(({ code }) => code === 'show-field-kept');
    expect(kept?.message).toMatch(/title stays “Night Radio, renewed”.*--overwrite-show/);
    expect((await feedOf('stays')).title).toBe('Night Radio, renewed');
    await importInto(app, 'stays', old.feed, { overwritesShow: true });
    expect((await feedOf('stays')).title).toBe('Night Radio & Friends');
  });

  it('is found by sweep where the import ended before the feed was derived', async () => {
    const failing = {
      ...app,
      engine: {
        ...app.engine,
        bucket: Object.assign(Object.create(app.engine.bucket), {
          put: (key: string, ...rest: [never, never]) =>
            key.endsWith('feed.xml') ? Promise.reject(new Error('killed')) : app.engine.bucket.put(key, ...rest),
        }),
      },
    };
    await expect(importInto(failing, 'cut-short', old.feed)).rejects.toThrow('killed');
    await apiClient(app.url).feedWhen('cut-short', (xml) => xml.includes('nr-0001'));
  });
});

describe('A feed that is imported with its media', () => {
  it('names what failed, and goes on from there', async () => {
    const nine = old.files.get('/audio/9.mp3');
    old.files.set('/audio/9.mp3', { bytes: Buffer.from('<html><body>Sorry</body></html>'), type: 'audio/mpeg' });
    old.files.delete('/audio/8.mp3');
    old.faults.set('/audio/2.mp3', (request, response, { bytes }) => {
      if (request.method === 'HEAD') return false;
      response.writeHead(200, { 'content-type': 'audio/mpeg', 'content-length': bytes.length });
      response.write(bytes.subarray(0, 1000), () => response.destroy());
      return true;
    });
    const first = await importInto(app, 'comes', old.feed, { copiesMedia: true });
    expect(first).toMatchObject({ ok: false, counts: { imported: 6, failed: 3 } });
    const failed = first.oddities.filter(({ code }) => code === 'media-not-copied');
    expect(failed.map(({ where }) => where?.slice(0, 7)).sort()).toEqual(['item 11', 'item 4 ', 'item 5 ']);
    expect(failed.map(({ message }) => message).join()).toMatch(/no audio that can be published.*answers 404/s);
    // The episodes are there all the same, their audio where it was.
    expect((await itemOf('comes', 'nr-0002'))?.enclosure?.url).toBe(`${old.url}/audio/2.mp3`);
    old.files.set('/audio/8.mp3', { bytes: old.mp3, type: 'audio/mpeg' });
    if (nine) old.files.set('/audio/9.mp3', nine);
    old.faults.clear();
    const second = await importInto(app, 'comes', old.feed, { copiesMedia: true });
    expect(second).toMatchObject({ ok: true, counts: { copied: 3, 'already-there': 6, failed: 0 } });
  });

  it('serves the same bytes from here, under the same GUIDs and dates', async () => {
    const feed = await feedOf('comes');
    expect(feed.episodes.map(({ guid }) => guid)).toEqual(GUIDS());
    for (const { enclosure, publishedAt, guid } of feed.episodes) {
      expect(enclosure?.url.startsWith(`${PUBLIC_URL}/shows/comes/episodes/`)).toBe(true);
      const answer = await fetch(local(enclosure?.url));
      expect(answer.headers.get('content-type')).toBe('audio/mpeg');
      expect(Buffer.from(await answer.arrayBuffer()).equals(old.mp3)).toBe(true);
      expect(enclosure?.lengthBytes).toBe(old.mp3.length);
      expect(publishedAt).toBe((await itemOf('stays', guid))?.publishedAt);
    }
    // Seven called itself M4A, and nobody knew how long nine is: the bytes say.
    expect((await itemOf('comes', 'nr-0007'))?.enclosure?.type).toBe('audio/mpeg');
    expect((await itemOf('comes', `${old.url}/audio/9.mp3`))?.durationSeconds).toBe(4);
  });

  it('tells where the sound is that was left where it was, and does not promise to make it', async () => {
    const list = await (await apiClient(app.url).call('GET', '/shows/stays/episodes?limit=200')).json();
    const { id } = (list as { episodes: { id: string; guid: string }[] }).episodes.find(
      ({ guid }) => guid === 'nr-0001',
    ) ?? { id: '' };
    const { detail } = await problemOf(await apiClient(app.url).call('GET', `/shows/stays/episodes/${id}/audio`), 404);
    expect(detail).toContain(
      `with the host that had it: ${old.url}/audio/1.mp3. Import the feed again with --copy-media`,
    );
  });

  it('copies media that were left where they are when it is imported again', async () => {
    const report = await importInto(app, 'stays', old.feed, { copiesMedia: true });
    expect(report).toMatchObject({ ok: true, counts: { copied: 9, imported: 0 } });
    expect((await itemOf('stays', 'nr-0001'))?.enclosure?.url).toContain(PUBLIC_URL);
  });
});

describe('An imported episode', () => {
  const client = () => apiClient(app.url);
  const idOf = async (guid: string) => {
    const list = (await (await client().call('GET', '/shows/comes/episodes?limit=200')).json()) as {
      episodes: { id: string; guid: string }[];
    };
    return { showId: 'comes', episodeId: list.episodes.find((episode) => episode.guid === guid)?.id ?? '' };
  };
  const get = async (ids: { showId: string; episodeId: string }) => {
    const response = await client().call('GET', `/shows/${ids.showId}/episodes/${ids.episodeId}`);
    return { etag: response.headers.get('etag') ?? '', episode: await response.json() };
  };
  const patch = async (ids: { showId: string; episodeId: string }, body: unknown) =>
    client().call('PATCH', `/shows/comes/episodes/${ids.episodeId}`, body, { 'if-match': (await get(ids)).etag });

  it('can be read through the API, with where it came from', async () => {
    const { episode } = await get(await idOf('nr-0012'));
    expect(episode).toMatchObject({
      status: 'published',
      importedFrom: old.feed,
      audio: { contentType: 'audio/mpeg', lengthBytes: old.mp3.length, integratedLufs: null },
      participants: [
        { name: 'Mara', role: 'host' },
        { name: 'Jo “the <Ear>” Lund', role: 'guest' },
      ],
    });
  });

  it('is heard through the API as it is stored here; of what is made from rooms there is nothing', async () => {
    const { showId, episodeId } = await idOf('nr-0001');
    const part = (name: string, range = {}) =>
      client().call('GET', `/shows/${showId}/episodes/${episodeId}/${name}`, undefined, range);
    expect(Buffer.from(await (await part('audio')).arrayBuffer()).equals(old.mp3)).toBe(true);
    const middle = await part('audio', { range: 'bytes=10-19' });
    expect([middle.status, Buffer.from(await middle.arrayBuffer()).equals(old.mp3.subarray(10, 20))]).toEqual([
      206,
      true,
    ]);
    for (const name of ['peaks', 'turns', 'report']) {
      const { detail } = await problemOf(await part(name), 404);
      expect(detail).toBe(`This episode was imported as a finished file: there is nothing under ${name}.`);
    }
  });

  it('can be edited in its words under the same GUID, date and sound', async () => {
    const before = await itemOf('comes', 'nr-0012');
    const ids = await idOf('nr-0012');
    const chapters = [
      { startSeconds: 0, title: 'Anew' },
      { startSeconds: 1, title: 'Then' },
      { startSeconds: 5000, title: 'Never' },
    ];
    expect((await patch(ids, { title: 'Twelve, anew', description: 'Said anew.', chapters })).status).toBe(200);
    const xml = await client().feedWhen('comes', (text) => text.includes('title="Anew"'));
    expect(xml).toContain('Said anew.');
    expect(xml).not.toContain('in two lines');
    const after = await itemOf('comes', 'nr-0012');
    expect(after).toMatchObject({
      title: 'Twelve, anew',
      publishedAt: before?.publishedAt,
      enclosure: before?.enclosure,
    });
    expect(await (await fetch(local(after?.chaptersUrl))).json()).toMatchObject({
      chapters: [{ title: 'Anew' }, { title: 'Then' }],
    });
    const shown = await client().call('GET', `/shows/comes/episodes/${ids.episodeId}`);
    expect(await shown.json()).toMatchObject({ warnings: [{ code: 'chapter-beyond-end' }] });
  });

  it('cannot be edited in its sound, and says why', async () => {
    const response = await patch(await idOf('nr-0010'), { edit: { trimStartSeconds: 1 } });
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ code: 'tracks-gone', detail: expect.stringContaining('imported') });
  });

  it('can be withdrawn, and published again as it was', async () => {
    const before = await itemOf('comes', 'nr-0005');
    const ids = await idOf('nr-0005');
    expect((await client().call('POST', `/shows/comes/episodes/${ids.episodeId}/unpublish`)).status).toBe(202);
    await client().feedWhen('comes', (xml) => !xml.includes('nr-0005'));
    await expect.poll(async () => (await fetch(local(before?.enclosure?.url))).status, { timeout: 20_000 }).toBe(410);
    expect((await client().call('POST', `/shows/comes/episodes/${ids.episodeId}/publish`)).status).toBe(202);
    await client().feedWhen('comes', (xml) => xml.includes('nr-0005'));
    expect(await itemOf('comes', 'nr-0005')).toEqual(before);
    const bytes = await (await fetch(local(before?.enclosure?.url))).arrayBuffer();
    expect(Buffer.from(bytes).equals(old.mp3)).toBe(true);
  });

  it('that is erased leaves nothing, and does not come back', async () => {
    const ids = await idOf('nr-0007');
    const manifest = JSON.parse(app.read(`shows/comes/episodes/${ids.episodeId}.json`).toString());
    expect(app.keys(`renders/${manifest.imported.key}/`)).toHaveLength(1);
    expect((await client().call('DELETE', `/shows/comes/episodes/${ids.episodeId}`)).status).toBeLessThan(300);
    await client().feedWhen('comes', (xml) => !xml.includes('nr-0007'));
    await expect.poll(() => app.keys(`renders/${manifest.imported.key}/`), { timeout: 20_000 }).toEqual([]);
    expect(app.keys(`public/shows/comes/episodes/${ids.episodeId}/`)).toEqual([]);
    const report = await importInto(app, 'comes', old.feed, { copiesMedia: true });
    expect(report.counts).toMatchObject({ erased: 1, 'already-there': 8 });
    expect(await itemOf('comes', 'nr-0007')).toBeUndefined();
  });
});

describe('A feed of ours', () => {
  it('gives the same items when it is imported into another show', async () => {
    const report = await importInto(app, 'again', `${app.url}/shows/comes/feed.xml`);
    expect(report).toMatchObject({ ok: true, counts: { imported: 8, skipped: 0 } });
    // The public address of this server leads nowhere from here; all else is as it should be.
    expect([...codes(report)]).toEqual(['artwork-unreachable']);
    const [ours, theirs] = [await feedOf('comes'), await feedOf('again')];
    const without = (items: typeof ours.episodes) => items.map(({ chaptersUrl, imageUrl, ...item }) => item);
    expect(without(theirs.episodes)).toEqual(without(ours.episodes));
    expect(theirs).toMatchObject({
      title: ours.title,
      description: ours.description,
      categories: ours.categories,
      podcastGuid: ours.podcastGuid,
    });
    // Whole elements, not only what our own reader looks at: only pages, pictures and files of the new show differ.
    const elements = async (show: string, name: string) => {
      const xml = await (await fetch(`${app.url}/shows/${show}/feed.xml`)).text();
      return xml.slice(xml.indexOf('<item>')).match(new RegExp(`<${name}[ >][^]*?</${name}>`, 'g'));
    };
    for (const name of ['content:encoded', 'podcast:person', 'psc:chapters', 'description', 'itunes:episode']) {
      expect(await elements('again', name), name).toEqual(await elements('comes', name));
    }
  });

  it('changes nothing when it is imported into itself', async () => {
    const report = await importInto(app, 'comes', `${app.url}/shows/comes/feed.xml`, { copiesMedia: true });
    expect(report.counts).toMatchObject({ 'already-there': 8, imported: 0, copied: 0 });
  });
});

describe('What is refused', () => {
  it('is a locked feed, unless it is forced or the owner is the one of the show here', async () => {
    const refused = importInto(app, 'locked', old.feed, { isForced: false });
    await expect(refused).rejects.toThrow(/locked.*mara@night-radio\.example.*--force/s);
    expect(app.keys('shows/locked/')).toEqual([]);
    const client = apiClient(app.url);
    await client.call('PUT', '/shows/locked', { title: 'Mine', ownerEmail: 'Mara@night-radio.example' });
    expect((await importInto(app, 'locked', old.feed, { isForced: false })).ok).toBe(true);
  });

  it('is to write anything in a dry run, which tells what would be', async () => {
    const before = app.keys();
    const report = await importInto(app, 'dry', old.feed, { isDryRun: true });
    expect(report).toMatchObject({ isDryRun: true, counts: { 'would-import': 9 }, show: { isNew: true } });
    expect(report.show.taken).toContain('title');
    expect(codes(report)).toContain('guid-repeated');
    expect(app.keys()).toEqual(before);
  });

  it('is what is no feed, or is not there', async () => {
    await expect(importInto(app, 'none', `${old.url}/audio/12.mp3`)).rejects.toThrow(/12\.mp3/);
    await expect(importInto(app, 'none', `${old.url}/nowhere.xml`)).rejects.toThrow(/answers 404/);
    expect(app.keys('shows/none/')).toEqual([]);
  });

  it('is to ask private addresses that the feed names, whoever imports it', async () => {
    old.files.set('/evil.xml', {
      bytes: Buffer.from(
        '<rss><channel><title>Evil</title><item><title>x</title><guid>x</guid>' +
          '<enclosure url="http://169.254.169.254/latest.mp3" length="64000" type="audio/mpeg"/></item></channel></rss>',
      ),
      type: 'text/xml',
    });
    const report = await importInto(app, 'evil', `${old.url}/evil.xml`, { copiesMedia: true });
    expect(report.ok).toBe(false);
    const told = report.oddities.find(({ code }) => code === 'media-not-copied');
    expect(told?.message).toContain('169.254.169.254 is not on the public Internet');
  });
});

describe('Pages', () => {
  it('that cannot be read are told, and the rest is imported', async () => {
    const two = old.files.get('/shows/night-radio/feed-2.xml');
    old.files.delete('/shows/night-radio/feed-2.xml');
    const report = await importInto(app, 'half', old.feed);
    expect(report).toMatchObject({ ok: false, counts: { imported: 7 } });
    expect(codes(report)).toContain('page-unreadable');
    if (two) old.files.set('/shows/night-radio/feed-2.xml', two);
    expect(await importInto(app, 'half', old.feed)).toMatchObject({
      ok: true,
      counts: { imported: 2, 'already-there': 7 },
    });
  });

  it('that lead in a circle are read once each', async () => {
    expect(codes(await importInto(app, 'half', old.feed))).toContain('pages-loop');
  });
});
