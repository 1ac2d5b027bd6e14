/** Our writer of items beside the library's: the same bytes. */
import fc from 'fast-check';
import { Podcast } from 'podcast';
import { describe, expect, it } from 'vitest';
import { feedEntry } from '../../src/feed/feed-entry.ts';
import { itemOptions } from '../../src/feed/feed-item.ts';
import { type ItemOptions, itemXml } from '../../src/feed/item-xml.ts';
import { emptyElement, textElement } from '../../src/feed/xml-element.ts';
import { sampleEpisode, sampleShow } from './sample-show.ts';

/** What the library makes of one item. */
function byLibrary(options: ItemOptions): string {
  const podcast = new Podcast({ namespaces: { iTunes: false, podcast: false, simpleChapters: false } });
  podcast.addItem({ ...options, customElements: [...options.customElements] });
  const xml = podcast.buildXml();
  return xml.slice(xml.indexOf('<item>'), xml.lastIndexOf('</item>') + '</item>'.length);
}

describe('an item', () => {
  it('is what the library writes, with everything the sample episode has', () => {
    const { episode } = feedEntry(sampleEpisode(7));
    if (!episode) throw new Error('the sample episode is not in the feed');
    const options = itemOptions(sampleShow(), episode);
    expect(itemXml(options)).toBe(byLibrary(options));
  });

  it('is what the library writes, whatever the texts hold', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.string({ unit: fc.constantFrom(']]>', ']]', '>', '&', '<', '"', "'", '&amp;', 'a', '\n'), maxLength: 20 }),
    );
    fc.assert(
      fc.property(text, text, text, fc.integer({ min: 0, max: 4_000_000_000_000 }), (one, two, three, number) => {
        const options: ItemOptions = {
          title: one,
          description: two,
          url: 'https://pods.example.org/?a=1&b=2',
          guid: `g${three}`,
          date: new Date(number).toISOString(),
          enclosure: { url: `https://pods.example.org/${encodeURIComponent(one)}`, size: number, type: 'audio/mpeg' },
          customElements: [
            { 'content:encoded': { _cdata: two } },
            textElement('itunes:duration', number),
            textElement('podcast:person', three, { role: 'host', img: undefined, href: one }),
            emptyElement('itunes:image', { href: two }),
            emptyElement('podcast:source', { uri: one, length: number, default: true }),
            { 'psc:chapters': [{ _attr: { version: '1.2' } }, emptyElement('psc:chapter', { title: three })] },
            { 'itunes:owner': [{ 'itunes:name': one }, { 'itunes:email': two }] },
            { plain: three },
            { nothing: [] },
          ],
        };
        expect(itemXml(options)).toBe(byLibrary(options));
      }),
      { numRuns: 300 },
    );
  });
});
