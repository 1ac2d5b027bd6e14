/** What a creator may say of an episode beside its words and sound, and how it is taken back. */
import { describe, expect, it } from 'vitest';
import { EpisodePatch, patched } from '../../src/domain/episode-edit.ts';
import { publishFinished } from '../../src/domain/episode-life.ts';
import { tombstone, unpublishWanted } from '../../src/domain/episode-wishes.ts';
import { sha256 } from '../../src/domain/ids.ts';
import { sampleEpisode } from '../feed/sample-show.ts';

const NOW = new Date('2026-11-22T21:00:00.000Z');
const RENDER = sha256('render 1');
const heard = () =>
  sampleEpisode(1, {
    master: {
      renderKey: RENDER,
      durationSeconds: 600,
      loudness: { integratedLufs: -16, truePeakDbtp: -2, loudnessRangeLu: 4 },
    },
    publishedRenderKey: RENDER,
  });
const edit = (patch: unknown, manifest = heard()) => patched(manifest, EpisodePatch.parse(patch), NOW);
const issues = (patch: unknown) =>
  EpisodePatch.safeParse(patch).error?.issues.map(({ path, message }) => `${path.join('.')} ${message}`) ?? [];

const ALL = {
  explicit: true,
  season: 2,
  seasonName: 'The long winter',
  episode: 7,
  episodeDisplay: 'Ch. 7',
  episodeType: 'bonus',
  link: 'https://late-table.example.org/7',
  aiContent: 'no',
  license: { id: 'cc-by-4.0' },
  contentLinks: [{ url: 'https://video.example.org/7', text: 'With pictures' }],
  socialInteract: [{ protocol: 'activitypub', uri: 'https://social.example.org/@ana/7', accountId: '@ana' }],
  soundbites: [{ startSeconds: 60, durationSeconds: 30, title: 'The joke' }],
};

describe('a patch', () => {
  it('sets every detail, and asks for other tags but for no other sound', () => {
    const before = heard();
    const after = edit(ALL, before);
    expect(after).toMatchObject(ALL);
    expect(after.soundbitesOf).toEqual({ renderKey: RENDER, durationSeconds: 600 });
    expect([after.publishRequest, after.renderRequest]).toEqual([before.publishRequest + 1, before.renderRequest]);
  });

  it('takes back with null', () => {
    const names = Object.keys(ALL).filter((name) => !['contentLinks', 'socialInteract'].includes(name));
    const after = edit(Object.fromEntries(names.map((name) => [name, null])), edit(ALL));
    const stored = JSON.parse(JSON.stringify(after));
    expect(names.filter((name) => name in stored)).toEqual([]);
    expect(stored.soundbitesOf).toBeUndefined();
  });

  it('leaves alone what it does not name', () => {
    const after = edit({ title: 'Another' }, edit(ALL));
    expect(after).toMatchObject({ ...ALL, title: 'Another' });
  });

  it('with no soundbites means none, and null means ours', () => {
    expect(edit({ soundbites: [] }).soundbites).toEqual([]);
    expect(edit({ soundbites: null }, edit({ soundbites: [] })).soundbites).toBeUndefined();
  });

  it('puts soundbites in order', () => {
    const after = edit({ soundbites: [300, 60].map((startSeconds) => ({ startSeconds, durationSeconds: 20 })) });
    expect(after.soundbites?.map(({ startSeconds }) => startSeconds)).toEqual([60, 300]);
  });

  it('keeps the picture of a chapter', () => {
    const chapters = [{ startSeconds: 0, title: 'One', imageKey: 'uploads/one.jpg', url: 'https://one.example.org/' }];
    expect(edit({ chapters }).chapters).toEqual(chapters);
  });

  it('refuses a soundbite beyond the end of the audio, and says where that is', () => {
    const beyond = { soundbites: [{ startSeconds: 580, durationSeconds: 30 }] };
    expect(() => edit(beyond)).toThrow(/at 580 s lasts 30 s, but the audio ends after 600 s/);
    expect(() => edit({ soundbites: [{ startSeconds: 570, durationSeconds: 30 }] })).not.toThrow();
  });

  it.each<[string, unknown, RegExp]>([
    [
      'a soundbite of a moment',
      { soundbites: [{ startSeconds: 1, durationSeconds: 14.9 }] },
      /soundbites\.0\.durationSeconds .*15/,
    ],
    [
      'a soundbite of minutes',
      { soundbites: [{ startSeconds: 1, durationSeconds: 121 }] },
      /soundbites\.0\.durationSeconds .*120/,
    ],
    [
      'a soundbite before the start',
      { soundbites: [{ startSeconds: -1, durationSeconds: 20 }] },
      /soundbites\.0\.startSeconds/,
    ],
    [
      'a soundbite with a title of pages',
      { soundbites: [{ startSeconds: 0, durationSeconds: 20, title: 'x'.repeat(129) }] },
      /title must be at most 128 characters/,
    ],
    [
      'hundreds of soundbites',
      { soundbites: Array.from({ length: 21 }, () => ({ startSeconds: 0, durationSeconds: 20 })) },
      /soundbites .*20/,
    ],
    [
      'a picture from elsewhere',
      { chapters: [{ startSeconds: 0, title: 'x', imageKey: 'https://example.org/x.jpg' }] },
      /imageKey must be a key, not a URL/,
    ],
    ['a picture from above', { chapters: [{ startSeconds: 0, title: 'x', imageKey: '../secret' }] }, /imageKey/],
    ['a script for a page', { link: 'javascript:alert(1)' }, /link must be an http or https address/],
    ['an answer that is none', { aiContent: 'maybe' }, /aiContent/],
    ['talk without a place', { socialInteract: [{ protocol: 'activitypub' }] }, /socialInteract\.0\.uri is needed/],
    [
      'a link without words',
      { contentLinks: [{ url: 'https://a.example/', text: ' ' }] },
      /contentLinks\.0\.text must not be empty/,
    ],
    ['a name of 33 characters for a number', { episodeDisplay: 'é'.repeat(33) }, /episodeDisplay must be at most 32/],
  ])('refuses %s', (_, patch, told) => {
    expect(issues(patch).join('\n')).toMatch(told);
  });
});

describe('what was published', () => {
  const file = (name: string) => ({ key: `public/${name}`, contentType: 'image/jpeg', lengthBytes: 9 });
  const files = {
    audio: { ...file('new.mp3'), durationSeconds: 600, integratedLufs: -16, truePeakDbtp: -2 },
    cover: file('cover.jpg'),
    chapters: [],
    renderKey: RENDER,
    warnings: [],
  };
  const wanted = edit({ title: 'Another' });
  const publish = (more: Partial<Parameters<typeof publishFinished>[1]> = {}, manifest = wanted) => {
    const next = publishFinished(manifest, { ...files, request: manifest.publishRequest, ...more }, NOW);
    if (!next) throw new Error('not wanted');
    return next;
  };

  it('keeps pictures of chapters until others take their place, and then lets them go after the time of grace', () => {
    const first = publish({ chapterImages: [file('1.jpg'), file('2.jpg')] });
    expect(first.chapterImages?.map(({ key }) => key)).toEqual(['public/1.jpg', 'public/2.jpg']);
    const second = publish({ chapterImages: [file('2.jpg')] }, edit({ title: 'Third' }, first));
    expect(second.chapterImages?.map(({ key }) => key)).toEqual(['public/2.jpg']);
    expect(second.superseded).toContainEqual({ key: 'public/1.jpg', since: NOW.toISOString() });
    expect(second.superseded.map(({ key }) => key)).not.toContain('public/2.jpg');
    const off = unpublishWanted(second, NOW);
    expect(off.chapterImages).toBeUndefined();
    expect(off.superseded.map(({ key }) => key)).toContain('public/2.jpg');
  });

  it('says nothing any more of a picture that was mended', () => {
    const broken = publish({ warnings: [{ code: 'chapter-image-missing', message: 'gone' }] });
    expect(broken.warnings).toHaveLength(1);
    expect(publish({}, edit({ title: 'Mended' }, broken)).warnings).toEqual([]);
  });

  it('tells of a lost soundbite until the creator sets soundbites anew', () => {
    const lost = publish({ warnings: [{ code: 'soundbite-dropped', message: 'gone' }], soundbites: [] });
    const again = publish({}, edit({ title: 'Renamed' }, lost));
    expect(again.warnings.map(({ code }) => code)).toEqual(['soundbite-dropped']);
    expect(edit({ soundbites: null }, again).warnings).toEqual([]);
  });
});

it('an erased episode says none of it', () => {
  const gone = JSON.stringify(tombstone(edit(ALL), NOW));
  for (const word of ['long winter', 'Ch. 7', 'late-table.example.org/7', 'With pictures', '@ana', 'The joke']) {
    expect(gone).not.toContain(word);
  }
});
