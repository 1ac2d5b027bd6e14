/** How a mix is brought to its level: one linear gain, and a true-peak limiter where a peak would pass the ceiling. */

export interface Finish {
  readonly gainDb: number;
  /** Peaks are held below this; absent where none would pass it, and then the sound is only made louder or softer. */
  readonly limitDbtp?: number;
}
