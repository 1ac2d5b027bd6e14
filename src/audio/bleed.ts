/** Finds who sits in one room: whose voice is heard in another's microphone, how much softer and how much later. */
import { comparableWindows, type Screened } from './bleed-screening.ts';
import { bestFit } from './cross-correlation.ts';

/** The sound of track `a` is heard in track `b`. Tracks are named by their places in the list. */
export interface Bleed {
  readonly a: number;
  readonly b: number;
  /** Of a's sound in b; rarely above 0, where b's microphone is set much hotter. */
  readonly gainDb: number;
  /** How much later it arrives in b. */
  readonly lagSamples: number;
}

/** A moment of the room in which two tracks seem to hear the same. */
interface Moment {
  readonly roomSample: number;
  readonly sampleCount: number;
}

export interface PairToCompare {
  readonly a: number;
  readonly b: number;
  readonly moments: readonly Moment[];
}

/** What two tracks have in common in a moment. */
export interface MomentComparison {
  /** From 0, nothing, to 1, the same sound but for level, delay and polarity. */
  readonly correlation: number;
  /** How much later the second hears it, in samples; negative when the first does. */
  readonly lagSamples: number;
  /** How much louder the second hears it. */
  readonly gainDb: number;
}

export interface ComparedPair {
  readonly a: number;
  readonly b: number;
  readonly moments: readonly MomentComparison[];
}

const MOST_MOMENTS = 20;

/** Only these pairs can bleed, and these moments tell: their step energies rise and fall together. Music is left out. */
export function pairsToCompare(tracks: readonly Screened[]): PairToCompare[] {
  const pairs: PairToCompare[] = [];
  for (const [a, one] of tracks.entries()) {
    for (let b = a + 1; b < tracks.length; b += 1) {
      const other = tracks[b];
      if (other === undefined || one.kind === 'music' || other.kind === 'music') continue;
      // Moments of either one's voice are wanted: of the windows in which b is softer, and of the others.
      const byRatio = comparableWindows(one, other).sort((x, y) => x.ratio - y.ratio);
      const half = Math.ceil(byRatio.length / 2);
      const chosen = [byRatio.slice(0, half), byRatio.slice(half)]
        .flatMap((side) => side.sort((x, y) => y.correlation - x.correlation).slice(0, MOST_MOMENTS / 2))
        .sort((x, y) => x.roomSample - y.roomSample);
      if (chosen.length === 0) continue;
      pairs.push({ a, b, moments: chosen.map(({ roomSample, sampleCount }) => ({ roomSample, sampleCount })) });
    }
  }
  return pairs;
}

/** Compares the same moment of two tracks, both at 48 kHz, at delays of up to 30 ms either way. */
export function compareMoment(a: Float32Array, b: Float32Array): MomentComparison {
  const fit = bestFit(a, b);
  if (fit === undefined) return { correlation: 0, lagSamples: 0, gainDb: 0 };
  const correlation = Math.abs(fit.correlation);
  const ratioDb = 10 * Math.log10(fit.otherEnergy / fit.energy);
  // The softer holds more that is not of the louder: noise, and its own room. Only the common part is compared.
  const gainDb = ratioDb + (ratioDb < 0 ? 20 : -20) * Math.log10(correlation);
  return { correlation, lagSamples: fit.lagSamples, gainDb };
}

/** Two voices that have nothing to do with one another stay below this, but for a moment now and then. */
const ALIKE = 0.6;
/** Moments of one voice agree within this; chance does not. */
const SAME_LAG_SAMPLES = 20;
const SAME_GAIN_DB = 4;
const ENOUGH_MOMENTS = 3;

/** Judged by moments that agree on lag and gain, and by their median: a few misled ones count for nothing. */
export function bleedsOf(pairs: readonly ComparedPair[]): Bleed[] {
  return pairs.flatMap(({ a, b, moments }) => {
    const voices = agreeing(moments.filter(({ correlation }) => correlation >= ALIKE));
    const byGain = voices.sort((x, y) => x.gainDb - y.gainDb);
    const [softest, loudest] = [byGain[0], byGain.at(-1)];
    if (softest === undefined || loudest === undefined) return [];
    const there: Bleed = { a, b, ...softest };
    const back: Bleed = { a: b, b: a, gainDb: -loudest.gainDb, lagSamples: -loudest.lagSamples };
    // Of one voice only, the louder microphone is the nearer. Of more, each is louder in its owner's than the others.
    if (byGain.length > 1) return [there, back];
    return softest.gainDb <= 0 ? [there] : [back];
  });
}

interface Agreed {
  readonly gainDb: number;
  readonly lagSamples: number;
}

/** Lag and gain of each voice that enough of the moments agree on. */
function agreeing(moments: readonly MomentComparison[]): Agreed[] {
  const group = moments
    .map((one) => moments.filter((other) => agree(one, other)))
    .reduce((most, members) => (members.length > most.length ? members : most), []);
  if (group.length < ENOUGH_MOMENTS) return [];
  const gainDb = median(group.map((moment) => moment.gainDb));
  const lagSamples = median(group.map((moment) => moment.lagSamples));
  return [{ gainDb, lagSamples }, ...agreeing(moments.filter((moment) => !group.includes(moment)))];
}

function agree(one: MomentComparison, other: MomentComparison): boolean {
  const apart = Math.abs(one.lagSamples - other.lagSamples);
  return apart <= SAME_LAG_SAMPLES && Math.abs(one.gainDb - other.gainDb) <= SAME_GAIN_DB;
}

function median(values: readonly number[]): number {
  const ascending = values.toSorted((x, y) => x - y);
  const middle = ascending.length / 2;
  return ((ascending[Math.floor(middle)] ?? 0) + (ascending[Math.ceil(middle) - 1] ?? 0)) / 2;
}
