/** A show with as many episodes as wanted, written straight into a store: manifests as long as those of real rooms, made of nothing but their numbers. */
import { Manifest } from '../../src/domain/episode.ts';
import type { ShowId } from '../../src/domain/ids.ts';
import { sha256 } from '../../src/domain/ids.ts';
import type { Show } from '../../src/domain/show.ts';
import type { ObjectStore } from '../../src/pipeline/ports.ts';
import { manifestKey, showCoverKey, showKey } from '../../src/storage/object-keys.ts';
import { sampleEpisode, sampleShow } from '../feed/sample-show.ts';
import { seededRandom } from './random.ts';

const WORDS = `album archive artist band bass beat bridge chorus city coffee concert cover critic demo drum echo encore
  evening fade festival friends groove guitar harmony hook idea interview journey label letter live lyric melody memory
  microphone midnight mixing mood morning night note opening orchestra piano producer question record release rhythm road
  room session silence single song sound stage story studio summer sunday tape tempo theme tour track tune verse vinyl
  voice week winter`.split(/\s+/);
const DESCRIPTION_WORDS = 160;
const CHAPTERS = 8;
const TRACKS_OF_EACH = 3;
const WRITES_AT_ONCE = 32;
const JSON_TYPE = { contentType: 'application/json' };

export function largeShow(id: ShowId): Show {
  return sampleShow({ id, cover: { key: showCoverKey(id, sha256('cover')), generated: false } });
}

/** Published; what a feed says of it takes some four kilobytes. */
export function largeEpisode(showId: ShowId, number: number): Manifest {
  const sample = sampleEpisode(number, { showId });
  const random = seededRandom(number);
  const word = () => WORDS[Math.floor(random() * WORDS.length)] ?? '';
  const words = (count: number) => Array.from({ length: count }, word).join(' ');
  const [renderKey = sha256('none')] = sample.renderKeys;
  const chapters = Array.from({ length: CHAPTERS }, (_, index) => ({
    startSeconds: Math.round((index * 3600) / CHAPTERS),
    title: words(4),
    ...(index % 3 === 1 ? { url: `https://late-table.example.org/notes/${number}/${index}` } : {}),
  }));
  const tracks = sample.tracks.flatMap((track) =>
    Array.from({ length: TRACKS_OF_EACH }, (_, index) => ({
      ...track,
      key: `rooms/rm_${number}/${track.participantId}-${index}.ogg`,
      bytes: 7_200_000 + number,
      heardSha256: sha256(`${number} ${track.participantId} ${index}`),
    })),
  );
  const steps = ['accepted', 'rendering asked for', 'rendered', 'publishing asked for', 'published', 'title changed'];
  return Manifest.parse({
    ...sample,
    title: `${words(5)} (${number})`,
    description: `${words(DESCRIPTION_WORDS / 2)}.\n\nNotes: https://late-table.example.org/${number}?a=1&b=2.\n\n${words(DESCRIPTION_WORDS / 2)}.`,
    season: 1 + Math.floor(number / 50),
    episode: 1 + (number % 50),
    tracks,
    chapters,
    publishedChapters: chapters,
    publishedSoundbites: [600, 1800].map((startSeconds) => ({ startSeconds, durationSeconds: 45, title: words(6) })),
    master: {
      renderKey,
      durationSeconds: 3600.4,
      loudness: { integratedLufs: -16, truePeakDbtp: -1.2, loudnessRangeLu: 5 },
    },
    history: steps.map((what) => ({ at: sample.updatedAt, what, who: 'pipeline' })),
    outbox: [
      {
        id: `msg-${sha256(`${number}`)}`,
        type: 'episode.published',
        since: sample.updatedAt,
        audio: sample.audio,
        attempts: 1,
        deliveredAt: sample.updatedAt,
      },
    ],
  });
}

/** Episodes 1 to `count`; the same record that the pipeline writes. Returns the mean size of a manifest, in bytes. */
export async function fillStore(bucket: ObjectStore, showId: ShowId, count: number): Promise<number> {
  await bucket.put(showKey(showId), JSON.stringify(largeShow(showId)), JSON_TYPE);
  let bytes = 0;
  for (let from = 1; from <= count; from += WRITES_AT_ONCE) {
    const numbers = Array.from({ length: Math.min(WRITES_AT_ONCE, count + 1 - from) }, (_, index) => from + index);
    await Promise.all(
      numbers.map(async (number) => {
        const manifest = largeEpisode(showId, number);
        const record = `${JSON.stringify(manifest, undefined, 1)}\n`;
        bytes += record.length;
        await bucket.put(manifestKey(showId, manifest.id), record, JSON_TYPE);
      }),
    );
  }
  return bytes / count;
}
