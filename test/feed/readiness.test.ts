/** What directories would still refuse about a show. */
import { describe, expect, it } from 'vitest';
import { isReachableFromOutside } from '../../src/feed/reachable-host.ts';
import { namesEpisode, readiness } from '../../src/feed/readiness.ts';
import { renderFeed } from '../../src/feed/rss.ts';
import { sampleEpisode, sampleShow } from './sample-show.ts';

const lacks = (changes: Parameters<typeof sampleShow>[0], hasPublishedEpisode = true) =>
  readiness(sampleShow(changes), { hasPublishedEpisode });
const codes = (changes: Parameters<typeof sampleShow>[0], hasPublishedEpisode?: boolean) =>
  lacks(changes, hasPublishedEpisode).map(({ code }) => code);

describe('readiness', () => {
  it('misses nothing of a show that has everything, nor of a private one', () => {
    expect(codes({})).toEqual([]);
    expect(codes({ private: true, description: '', ownerEmail: '', publicUrl: 'http://localhost' }, false)).toEqual([]);
  });

  it('names each thing that is missing', () => {
    expect(codes({ description: ' ' })).toEqual(['description-missing']);
    expect(codes({ author: '' })).toEqual(['author-missing']);
    expect(codes({ ownerEmail: '' })).toEqual(['owner-email-missing']);
    expect(codes({ cover: { key: 'public/x.jpg', generated: true } })).toEqual(['artwork-missing']);
    expect(codes({ categories: [] })).toEqual(['category-missing']);
    expect(codes({ categories: ['Music', 'Gossip'] })).toEqual(['category-unknown']);
    expect(codes({ publicUrl: 'http://localhost:4400' })).toEqual(['public-url-local']);
    expect(codes({ publicUrl: 'http://pods.example.org' })).toEqual(['public-url-insecure']);
    expect(codes({ medium: 'musicL' })).toEqual(['medium-is-list']);
    expect(codes({}, false)).toEqual(['episode-missing']);
  });

  it('says which directories mind, in words that say what to do', () => {
    expect(lacks({ ownerEmail: '' })[0]?.directories).toEqual(['spotify', 'youtube']);
    expect(lacks({ categories: [] })[0]?.directories).toEqual(['apple']);
    expect(lacks({ description: '' })[0]?.directories).toEqual(['apple', 'spotify', 'youtube']);
    expect(lacks({ categories: ['Musik'] })[0]?.message).toContain('Did you mean “Music”?');
  });

  it('tells what is wrong with artwork that was given, rather than asking for it again', () => {
    const key = sampleShow().cover?.key ?? '';
    const told = (code: string) => ({ warnings: [{ code, message: `about ${code}` }] });
    expect(codes({ cover: { key, generated: false, ...told('artwork-small') } })).toEqual(['artwork-small']);
    expect(codes({ cover: { key, generated: true, ...told('artwork-unusable') } })).toEqual(['artwork-unusable']);
    expect(codes({ cover: { key, generated: false, ...told('artwork-not-square') } })).toEqual([]);
    const artworkKey = 'uploads/new.jpg' as NonNullable<ReturnType<typeof sampleShow>['artworkKey']>;
    expect(codes({ artworkKey, cover: { key, generated: false } })).toEqual(['artwork-not-found']);
    expect(codes({ artworkKey, cover: { key, generated: false, artworkKey } })).toEqual([]);
  });
});

describe('an address that directories can reach', () => {
  it.each([
    'https://pods.example.org/media',
    'http://8.8.8.8/',
    'https://[2a01:4f8::1]/x',
    'https://localhost.example.org',
  ])('may be %s', (address) => {
    expect(isReachableFromOutside(address)).toBe(true);
  });

  it.each([
    'http://localhost:4400',
    'http://a.localhost',
    'http://127.0.0.1',
    'http://127.1',
    'http://0x7f000001/',
    'http://[::1]:4400',
    'http://[::ffff:192.168.0.7]/',
    'http://[::]/',
    'http://[febf::1]/',
    'http://0.0.0.0',
    'https://10.1.2.3',
    'https://192.168.1.5',
    'https://172.31.0.1',
    'https://169.254.169.254',
    'https://100.100.1.1',
    'https://[fe80::1]',
    'https://[fd00::1]',
    'https://nas',
    'https://nas.local',
    'https://pods.internal.',
    'https://podcasts.home.arpa',
    'not an address',
  ])('is not %s', (address) => {
    expect(isReachableFromOutside(address)).toBe(false);
  });
});

describe('a feed', () => {
  it('names an episode when it has an item, also where only its beginning was read', () => {
    const xml = renderFeed(sampleShow(), [sampleEpisode(1)]);
    expect(namesEpisode(xml)).toBe(true);
    expect(namesEpisode(xml.slice(0, xml.indexOf('<item>') + 7))).toBe(true);
  });

  it('names none when it has no item, whatever its texts spell', () => {
    expect(namesEpisode(renderFeed(sampleShow({ description: '<item> and <item >' }), []))).toBe(false);
    expect(namesEpisode('')).toBe(false);
  });
});
