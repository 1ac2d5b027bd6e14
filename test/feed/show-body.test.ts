/** What a creator may set of a show, and what each refusal says. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Show, ShowSettings } from '../../src/domain/show.ts';
import { APPLE_CATEGORY_NAMES } from '../../src/feed/apple-categories.ts';
import { checkShow } from '../../src/feed/show-rules.ts';
import { issuesOf } from '../../src/http/problem.ts';
import { sampleShow } from './sample-show.ts';

const identity = { id: sampleShow().id };
const FULL = {
  title: 'The Late Table',
  description: 'Four people.\n\nOne record.',
  author: 'Ana & friends',
  ownerName: 'Ana Silva',
  ownerEmail: 'ana@example.org',
  link: 'https://late-table.example.org/?a=1&b=2',
  language: 'pt-BR',
  explicit: true,
  categories: ['Music > Music Interviews', 'Society & Culture', 'Music'],
  type: 'serial',
  copyright: '© 2026',
  funding: [{ url: 'https://give.example.org/', text: 'Buy us a coffee' }],
  locked: false,
  complete: true,
  medium: 'music',
  updateFrequency: { text: 'Every second Monday', rrule: 'FREQ=WEEKLY;INTERVAL=2;BYDAY=MO', dtstart: '2026-11-23' },
  people: [
    {
      name: 'Ana',
      role: 'host',
      group: 'cast',
      url: 'https://ana.example.org/',
      imageUrl: 'https://ana.example.org/a.jpg',
    },
  ],
  txt: [{ purpose: 'applepodcastsverify', value: '05124' }, { value: 'free' }],
  aiContent: 'no',
  publisher: { feedGuid: '003af0a0-6a45-55cf-b765-68e3d349551a', feedUrl: 'https://p.example.org/feed.xml' },
  license: { id: 'cc-by-4.0' },
};

function settingsOf(body: unknown): ShowSettings {
  const checked = checkShow(body, identity);
  if (!checked.ok) throw new Error(JSON.stringify(issuesOf(checked.error)));
  return checked.settings;
}

function issues(body: unknown) {
  const checked = checkShow(body, identity);
  return checked.ok ? [] : issuesOf(checked.error);
}
const issue = (fields: object) => issues({ title: 'x', ...fields });
const messageAt = (fields: object, path: string) => issue(fields).find((found) => found.path === path)?.message;

describe('a show as its creator sets it', () => {
  it('may have everything, and is kept as it was given', () => {
    expect(settingsOf(FULL)).toMatchObject(FULL);
  });

  it('needs a title alone; the rest has defaults', () => {
    expect(settingsOf({ title: 'x' })).toEqual(ShowSettings.parse({ title: 'x' }));
  });

  it('may come back as it was read, with what we tell beside it', () => {
    const told = { id: 'late-table', createdAt: 'x', updatedAt: 'x', feedUrl: 'x', coverUrl: 'x', readiness: [{}] };
    expect(settingsOf({ ...FULL, ...told })).toEqual(settingsOf(FULL));
  });

  it('fits the stored record, whatever is given', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), fc.string({ unit: 'binary' }), (title, description) => {
        const checked = checkShow({ title, description }, identity);
        if (!checked.ok) return;
        expect(Show.parse({ ...sampleShow(), ...checked.settings })).toMatchObject(checked.settings);
      }),
    );
  });

  it('is told everything that is wrong at once, each with its place', () => {
    const paths = issues({
      title: ' ',
      descripton: 'typo',
      ownerEmail: 'ana',
      language: 'xx',
      categories: ['Podcasts'],
      funding: [{ url: 'ftp://x', text: '' }],
      people: [{ name: 'Ana', role: 'boss', website: 'x' }],
      updateFrequency: { text: 'weekly', rrule: 'EVERY=WEEK' },
      loudness: { lufs: -16 },
    }).map(({ path }) => path);
    expect(paths.toSorted()).toEqual(
      [
        'title',
        'descripton',
        'ownerEmail',
        'language',
        'categories[0]',
        'funding[0].url',
        'funding[0].text',
        'people[0].role',
        'people[0].website',
        'updateFrequency.rrule',
        'loudness.lufs',
      ].toSorted(),
    );
  });

  it.each([[[]], [null], ['text'], [7]])('is refused as a whole when it is %j', (body) => {
    expect(issues(body)).toHaveLength(1);
  });
});

describe('unknown fields', () => {
  it('are refused with the one that was meant', () => {
    expect(messageAt({ descripton: 'x' }, 'descripton')).toBe('is no setting of a show. Did you mean “description”?');
    expect(messageAt({ Explicit: true }, 'Explicit')).toContain('“explicit”');
    expect(messageAt({ retention: { trackDays: 3 } }, 'retention.trackDays')).toBe(
      'is no setting of a show. Did you mean “tracksDays”?',
    );
    expect(messageAt({ zzzzzzzz: 1 }, 'zzzzzzzz')).toBe('is no setting of a show.');
    expect(messageAt(JSON.parse('{"__proto__":1,"title":"x"}'), '__proto__')).toContain('no setting');
  });

  it('that are told but kept may not be changed', () => {
    expect(messageAt({ id: 'other' }, 'id')).toContain('late-table');
    const { podcastGuid } = sampleShow();
    const checked = checkShow(
      { title: 'x', podcastGuid: '003af0a0-6a45-55cf-b765-68e3d349551a' },
      { ...identity, podcastGuid },
    );
    expect(checked.ok ? [] : issuesOf(checked.error)).toEqual([
      { path: 'podcastGuid', message: `cannot be changed: this show has “${podcastGuid}”` },
    ]);
  });
});

describe('categories', () => {
  it('are any of Apple’s', () => {
    for (const name of APPLE_CATEGORY_NAMES)
      expect(settingsOf({ title: 'x', categories: [name] }).categories).toEqual([name]);
  });

  it.each([
    ['music', 'Music'],
    ['Musik', 'Music'],
    ['Music Interviews', 'Music > Music Interviews'],
    ['Arts > Music Interviews', 'Music > Music Interviews'],
    ['Music>Music Interviews', 'Music > Music Interviews'],
    ['Health and Fitness', 'Health & Fitness'],
    ['Sports > Footbal', 'Sports > Football'],
    ['TV and Film > Film Reviews', 'TV & Film > Film Reviews'],
    ['Video games', 'Leisure > Video Games'],
  ])('“%s” is refused, and “%s” suggested', (given, meant) => {
    expect(messageAt({ categories: [given] }, 'categories[0]')).toContain(`Did you mean “${meant}”?`);
  });

  it('far from all are refused without a guess', () => {
    expect(messageAt({ categories: ['Gossip from next door'] }, 'categories[0]')).not.toContain('Did you mean');
  });

  it('are three at most, none twice', () => {
    expect(messageAt({ categories: ['Arts', 'Comedy', 'Music', 'News'] }, 'categories')).toContain(
      'names 4 categories',
    );
    expect(messageAt({ categories: ['Arts', 'Music', 'Arts'] }, 'categories[2]')).toContain('twice');
  });
});

describe('languages', () => {
  it.each([
    ['en', 'en'],
    ['EN-gb', 'en-GB'],
    ['pt-br', 'pt-BR'],
    ['zh-hant-tw', 'zh-Hant-TW'],
    ['iw', 'he'],
    ['es-419', 'es-419'],
    ['tlh', 'tlh'],
    ['de-1996', 'de-1996'],
  ])('%s is kept as %s', (given, kept) => {
    expect(settingsOf({ title: 'x', language: given }).language).toBe(kept);
  });

  it.each([
    ['en_US', 'en-US'],
    ['pt_BR.UTF-8', 'pt-BR'],
    ['german', 'de'],
    ['Portuguese', 'pt'],
  ])('%s is refused, and %s suggested', (given, meant) => {
    expect(messageAt({ language: given }, 'language')).toContain(`Did you mean “${meant}”?`);
  });

  it.each(['', 'x', 'xx', 'qq-DE', 'en-XQ', 'und', 'en-u-ca-buddhist', 'en--GB', '日本語'])(
    '“%s” is refused',
    (given) => {
      expect(messageAt({ language: given }, 'language')).toMatch(/no language|no country|extension/);
    },
  );
});

describe('texts', () => {
  it('lose what XML cannot carry, and nothing else', () => {
    const { title, description } = settingsOf({ title: ' a\u0000b\n c\uFFFE ', description: ' one\r\ntwo \u0007' });
    expect([title, description]).toEqual(['ab c', 'one\ntwo']);
  });

  it('that are too long are refused with their length, never cut', () => {
    expect(messageAt({ description: 'é'.repeat(2001) }, 'description')).toBe(
      'has 4,002 bytes (2,001 characters): directories read at most 4,000 bytes',
    );
    expect(settingsOf({ title: 'x', description: 'é'.repeat(2000) }).description).toHaveLength(2000);
    expect(messageAt({ title: 'é'.repeat(256) }, 'title')).toContain('256 characters');
    expect(messageAt({ title: '👩‍👩‍👧'.repeat(29) }, 'title')).toContain('522 bytes (29 characters)');
    expect(messageAt({ author: 'a'.repeat(257) }, 'author')).toContain('257 bytes');
    expect(messageAt({ funding: [{ url: 'https://a.example', text: 'é'.repeat(129) }] }, 'funding[0].text')).toContain(
      '129',
    );
    expect(issue({ funding: [{ url: 'https://a.example', text: '日'.repeat(128) }] })).toEqual([]);
    expect(messageAt({ txt: [{ value: 'x'.repeat(4001) }] }, 'txt[0].value')).toContain('4,001');
    expect(messageAt({ txt: [{ purpose: 'x'.repeat(129), value: 'x' }] }, 'txt[0].purpose')).toContain('129');
  });

  it('are texts', () => {
    expect(messageAt({ title: 7 }, 'title')).toBe('must be a text');
    expect(messageAt({ author: null }, 'author')).toBe('must be a text');
  });
});

describe('addresses', () => {
  it.each([
    ['javascript:alert(1)', 'http or https'],
    ['example.org', 'http or https'],
    ['', 'http or https'],
    ['https://ana:secret@example.org/', 'name or password'],
    [`https://example.org/${'x'.repeat(2048)}`, 'longer than 2,048'],
  ])('%s is refused', (given, reason) => {
    expect(messageAt({ link: given }, 'link')).toContain(reason);
  });

  it('stay as they were typed, but where apps could not fetch them', () => {
    expect(settingsOf({ title: 'x', link: 'https://Example.org' }).link).toBe('https://Example.org');
    expect(settingsOf({ title: 'x', link: ' https://bücher.example/für dich ' }).link).toBe(
      'https://xn--bcher-kva.example/f%C3%BCr%20dich',
    );
  });

  it.each(['ana', 'ana@', '@example.org', 'a b@example.org', 'Ana <ana@example.org>', 7])(
    'of mail: %j is refused',
    (given) => {
      expect(messageAt({ ownerEmail: given }, 'ownerEmail')).toBeDefined();
    },
  );
});

describe('what the Podcasting 2.0 namespace adds', () => {
  it.each([
    ['FREQ=WEEKLY', undefined],
    ['FREQ=WEEKLY;BYDAY=MO,WE', undefined],
    ['FREQ=MONTHLY;BYDAY=-1FR', undefined],
    ['FREQ=DAILY;COUNT=10', '2026-11-22'],
    ['FREQ=YEARLY;BYMONTH=4;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8', undefined],
    ['FREQ=WEEKLY;UNTIL=20261231T000000Z', '2026-11-22T19:00:00Z'],
  ])('takes the rule %s', (rrule, dtstart) => {
    expect(issue({ updateFrequency: { text: 'x', rrule, ...(dtstart && { dtstart }) } })).toEqual([]);
  });

  it.each([
    ['weekly', undefined, 'no part'],
    ['INTERVAL=2', undefined, 'needs FREQ'],
    ['FREQ=FORTNIGHTLY', undefined, 'FREQ'],
    ['FREQ=WEEKLY;FREQ=DAILY', undefined, 'twice'],
    ['FREQ=WEEKLY;BYDAY=MONDAY', undefined, 'BYDAY'],
    ['FREQ=DAILY;COUNT=10', undefined, 'dtstart'],
    ['FREQ=DAILY;COUNT=10;UNTIL=20270101', '2026-11-22', 'both'],
    ['FREQ=DAILY;UNTIL=20270101', '2026-11-22T10:00:00Z', 'UNTIL'],
    ['FREQ=WEEKLY;', undefined, 'no part'],
    ['toString=1', undefined, 'no part'],
  ])('refuses the rule %s (from %s)', (rrule, dtstart, reason) => {
    const frequency = { text: 'x', rrule, ...(dtstart && { dtstart }) };
    expect(messageAt({ updateFrequency: frequency }, 'updateFrequency.rrule')).toContain(reason);
  });

  it('refuses dates that are none', () => {
    for (const dtstart of ['2026-02-30', 'soon', '2026-11-22T10:00', '22.11.2026']) {
      expect(messageAt({ updateFrequency: { text: 'x', dtstart } }, 'updateFrequency.dtstart')).toContain('2026-11-22');
    }
  });

  it('knows roles and groups in any case, and suggests the nearest', () => {
    const { people } = settingsOf({
      title: 'x',
      people: [{ name: 'Bo', role: 'Cover Art Designer', group: 'Visuals' }],
    });
    expect(people).toEqual([{ name: 'Bo', role: 'cover art designer', group: 'visuals' }]);
    expect(messageAt({ people: [{ name: 'Bo', role: 'cohost' }] }, 'people[0].role')).toContain('“co-host”');
    expect(messageAt({ people: [{ name: 'Bo', group: 'Boss' }] }, 'people[0].group')).toContain('groups');
    expect(messageAt({ people: [{ name: '' }] }, 'people[0].name')).toBe('must not be empty');
  });

  it('has one place for the disclosure of artificial intelligence', () => {
    expect(settingsOf({ title: 'x' }).aiContent).toBe('unset');
    expect(messageAt({ aiContent: 'maybe' }, 'aiContent')).toBe('must be yes, no or unset');
    expect(messageAt({ txt: [{ purpose: 'AI-Content', value: 'no' }] }, 'txt[0].purpose')).toContain('aiContent');
  });

  it('wants the text of a licence that it does not know', () => {
    expect(issue({ license: { id: 'CC-BY-NC-ND-4.0' } })).toEqual([]);
    expect(issue({ license: { id: 'mine-v1', url: 'https://example.org/licence' } })).toEqual([]);
    expect(messageAt({ license: { id: 'cc-by-40' } }, 'license.url')).toContain('Did you mean “cc-by-4.0”?');
  });

  it('knows every medium, and no other', () => {
    expect(settingsOf({ title: 'x', medium: 'audiobookL' }).medium).toBe('audiobookL');
    expect(messageAt({ medium: 'radio' }, 'medium')).toContain('must be one of podcast, music');
  });

  it('bounds lists', () => {
    const people = Array.from({ length: 51 }, () => ({ name: 'Ana' }));
    expect(messageAt({ people }, 'people')).toContain('at most 50');
    const funding = Array.from({ length: 11 }, () => ({ url: 'https://a.example', text: 'x' }));
    expect(messageAt({ funding }, 'funding')).toContain('at most 10');
  });
});
