/** A show that uses everything a channel can say. */
import { sha256 } from '../../src/domain/ids.ts';
import type { Show } from '../../src/domain/show.ts';
import { showCoverKey } from '../../src/storage/object-keys.ts';
import { sampleShow } from './sample-show.ts';

export function fullShow(changes: Partial<Show> = {}): Show {
  const plain = sampleShow();
  const cover = (widthPx: number) => ({ key: showCoverKey(plain.id, sha256(`cover ${widthPx}`)), widthPx });
  return {
    ...plain,
    title: 'Q&A <b>late</b> ]]> 😀 日本語 العربية',
    ownerName: 'Ana "A" Silva',
    explicit: true,
    type: 'serial',
    medium: 'music',
    complete: true,
    updateFrequency: {
      text: 'Every second Monday & Friday',
      rrule: 'FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR',
      dtstart: '2026-11-23',
    },
    people: [
      { name: 'Ana <host>', url: 'https://ana.example.org/?a=1&b=2', imageUrl: 'https://ana.example.org/a.jpg' },
      { name: 'Bo', role: 'producer' },
      { name: 'Cy', role: 'cover art designer', group: 'visuals' },
    ],
    txt: [{ purpose: 'applepodcastsverify', value: '05124' }, { value: 'a <free> & easy text' }],
    aiContent: 'no',
    publisher: { feedGuid: '003af0a0-6a45-55cf-b765-68e3d349551a', feedUrl: 'https://publisher.example.org/feed.xml' },
    license: { id: 'CC-BY-4.0' },
    cover: { ...cover(3000), generated: false, smaller: [cover(1400), cover(600)] },
    ...changes,
  };
}
