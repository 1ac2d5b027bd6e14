/** What directories ask of a show: categories, and a permanent identity. */
import { describe, expect, it } from 'vitest';
import { APPLE_CATEGORY_NAMES, isAppleCategory } from '../../src/feed/apple-categories.ts';
import { podcastGuid } from '../../src/feed/podcast-guid.ts';

describe('Apple’s categories', () => {
  it('are 19 with 91 subcategories', () => {
    expect(APPLE_CATEGORY_NAMES.filter((name) => !name.includes(' > '))).toHaveLength(19);
    expect(APPLE_CATEGORY_NAMES.filter((name) => name.includes(' > '))).toHaveLength(91);
    expect(new Set(APPLE_CATEGORY_NAMES).size).toBe(110);
  });

  it('are known by their exact names, under their own category', () => {
    expect(['Music', 'Music > Music Interviews', 'TV & Film > After Shows'].map(isAppleCategory)).toEqual([
      true,
      true,
      true,
    ]);
    expect(
      ['music', 'Music Interviews', 'Arts > Music Interviews', 'Music>Music Interviews', 'Podcasting', ''].map(
        isAppleCategory,
      ),
    ).toEqual([false, false, false, false, false, false]);
  });
});

describe('podcast:guid', () => {
  it('is what the namespace’s own examples give', () => {
    expect(podcastGuid('https://mp3s.nashownotes.com/pc20rss.xml')).toBe('917393e3-1b1e-5cef-ace4-edaa54e1f810');
    expect(podcastGuid('podnews.net/rss')).toBe('9b024349-ccf0-5f69-a609-6b82873eab3c');
  });

  it('does not depend on scheme and trailing slashes', () => {
    expect(podcastGuid('http://podnews.net/rss//')).toBe(podcastGuid('https://podnews.net/rss'));
  });
});
