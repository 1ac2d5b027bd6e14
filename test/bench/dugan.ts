/** Dugan's gain sharing, to compare with: each microphone gets the share of the gain that it has of the energy. */

/** Levels are taken over 60 ms, as its detectors do. */
const HALF_WINDOW_STEPS = 1;

/**
 * Factors for each microphone at the beginning of each step and at the end of the last. In dB, a microphone is brought
 * down by how far its level is below that of the sum of all (D. Dugan, "Automatic Microphone Mixing", JAES 23, 1975).
 */
export function duganGains(energies: readonly Float32Array[]): Float32Array[] {
  const levels = energies.map(smoothed);
  const steps = Math.max(0, ...levels.map(({ length }) => length));
  const sums = Float64Array.from({ length: steps }, (_, step) =>
    levels.reduce((sum, level) => sum + (level[step] ?? 0), 0),
  );
  return levels.map((level) => {
    const gains = sums.map((sum, step) => (sum > 0 ? Math.sqrt((level[step] ?? 0) / sum) : 1));
    return Float32Array.from({ length: steps + 1 }, (_, edge) => {
      const [before, after] = [gains[Math.max(0, edge - 1)] ?? 1, gains[Math.min(steps - 1, edge)] ?? 1];
      return (before + after) / 2;
    });
  });
}

function smoothed(energies: Float32Array): Float64Array {
  return Float64Array.from(energies, (_, step) => {
    const around = energies.subarray(Math.max(0, step - HALF_WINDOW_STEPS), step + HALF_WINDOW_STEPS + 1);
    return around.reduce((sum, energy) => sum + energy, 0) / around.length;
  });
}
