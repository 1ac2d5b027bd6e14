/** Markers of the room as chapters of the episode, after its edit. Pure. */
import type { Chapter } from '../domain/episode.ts';
import type { Marker } from '../domain/room.ts';
import type { EditedClock } from './edited-clock.ts';
import { SAMPLE_RATE_HZ } from './sample-clock.ts';

/**
 * Chapters of the finished audio, to the millisecond. What was marked at an instant that is cut moves to the next that
 * is heard, what was marked after the last is dropped, and of several at one instant the last stays.
 */
export function chaptersOnClock(markers: readonly Marker[], roomStartedAt: string, clock: EditedClock): Chapter[] {
  const startMs = Date.parse(roomStartedAt);
  const durationMs = (clock.durationSamples / SAMPLE_RATE_HZ) * 1000;
  const byStart = new Map<number, Marker>();
  for (const marker of markers.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at))) {
    const roomSample = ((Date.parse(marker.at) - startMs) / 1000) * SAMPLE_RATE_HZ;
    const episodeSample = clock.toEpisodeOrNext(roomSample);
    if (episodeSample === undefined) continue;
    const atMs = Math.round((episodeSample / SAMPLE_RATE_HZ) * 1000);
    if (atMs < durationMs) byStart.set(atMs, marker);
  }
  return [...byStart].map(([atMs, { title, url }]) => ({
    startSeconds: atMs / 1000,
    title,
    ...(url === undefined ? {} : { url }),
  }));
}
