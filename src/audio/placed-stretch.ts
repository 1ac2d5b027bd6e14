/** A kept stretch of a track where it lies on the room's clock. Gaps in the track's own clock part it in several. */

export interface PlacedStretch {
  /** Where its first sample sounds, in samples after the room's start; negative when recorded before. */
  readonly roomSample: number;
  /** Its first sample on the track's decoded clock, a multiple of a step. */
  readonly fromSample: number;
  /** Of the decoded clock; a multiple of a step but where a gap cuts it. */
  readonly sampleCount: number;
  /** Decoded samples for each sample of the room: 1 unless drift is corrected. */
  readonly rate: number;
  /** One value for each step begun, as in KeptStretch. */
  readonly energies: Float32Array;
  readonly peaks: Float32Array;
  /** 1 where somebody is heard, 0 in the margins. */
  readonly talk: Uint8Array;
}
