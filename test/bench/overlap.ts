/** Two and three talk, or laugh, at once: ownership gating beside Dugan's gain sharing. Run: npx tsx test/bench/overlap.ts */
import { openMicrophones } from '../../src/audio/open-microphones.ts';
import { integratedLoudness } from '../support/loudness-meter.ts';
import { silence } from '../support/sounds.ts';
import {
  addFrom,
  energyOf,
  fixtureTurns,
  gated,
  heardStretches,
  mixed,
  noise,
  type Span,
  scaled,
  stepsOf,
  withGains,
} from '../support/stretches.ts';
import { duganGains } from './dugan.ts';

const MICROPHONES = 6;
const SECONDS = 34;
const NOISE_DBFS = -60;

const voices = (['p1', 'p2', 'p3'] as const).map((id) =>
  fixtureTurns(id).map((turn) => scaled(turn, -19 - integratedLoudness([turn]))),
);
const clean = Array.from({ length: MICROPHONES }, () => silence(SECONDS));

function say(speaker: number, turn: number, seconds: number): void {
  addFrom(clean[speaker] ?? silence(0), voices[speaker]?.[turn] ?? silence(0), 48_000 * seconds);
}

/** A laugh: bursts of breath and voice, five a second, dying away. */
function laugh(speaker: number, seconds: number): void {
  for (let burst = 0; burst < 8; burst += 1) {
    const loud = noise(0.11, -20 - burst, 31 * speaker + burst).map(
      (value, n, all) => value * Math.sin((Math.PI * n) / all.length),
    );
    addFrom(clean[speaker] ?? silence(0), loud, Math.round(48_000 * (seconds + 0.2 * burst)));
  }
}

say(0, 0, 0.5);
say(1, 0, 0.9);
say(0, 1, 8);
say(1, 1, 8.2);
say(2, 1, 8.4);
say(0, 2, 18);
laugh(1, 19);
laugh(2, 19.1);
say(2, 2, 26);
const SITUATIONS: readonly { name: string; span: Span; speakers: readonly number[] }[] = [
  { name: 'two talk at once', span: [1.2, 5], speakers: [0, 1] },
  { name: 'three talk at once', span: [8.6, 12], speakers: [0, 1, 2] },
  { name: 'two laugh into a turn', span: [19, 20.6], speakers: [0, 1, 2] },
];
const PAUSES: readonly Span[] = [
  [16.2, 17.9],
  [24.9, 25.9],
];

const sounds = clean.map((sound, n) => mixed(sound, noise(SECONDS, NOISE_DBFS, 70 + n)));
const decibels = (energy: number) => (10 * Math.log10(energy)).toFixed(2);
const within = (sound: Float32Array, spans: readonly Span[]) =>
  spans.reduce((sum, [from, to]) => sum + energyOf(sound, from, to), 0);

function report(law: string, through: (sounds: readonly Float32Array[]) => Float32Array[]): void {
  const [kept, mix] = [through(clean), mixed(...through(sounds))];
  console.log(`\n${law}`);
  for (const { name, span, speakers } of SITUATIONS) {
    const losses = speakers.map((speaker) => {
      const [now, before] = [kept[speaker], clean[speaker]].map((sound) => within(sound ?? silence(0), [span]));
      return decibels((now ?? 0) / (before ?? 1));
    });
    const sum = within(mixed(...kept), [span]) / within(mixed(...clean), [span]);
    console.log(`  ${name}: each talker ${losses.join(', ')} dB; their sum ${decibels(sum)} dB`);
  }
  const noiseOfOne = within(noise(SECONDS, NOISE_DBFS, 1), PAUSES);
  console.log(`  noise in pauses against one open microphone: ${decibels(within(mix, PAUSES) / noiseOfOne)} dB`);
  const share =
    kept.reduce((sum, sound) => sum + energyOf(sound), 0) / clean.reduce((sum, one) => sum + energyOf(one), 0);
  console.log(`  speech energy kept: ${(100 * share).toFixed(2)} %`);
}

const tracks = sounds.map((sound) => ({ kind: 'speech' as const, stretches: heardStretches(sound) }));
const gates = openMicrophones(tracks, []);
const shares = duganGains(sounds.map((sound) => stepsOf(sound).energies));
report(`all ${MICROPHONES} microphones open`, (all) => [...all]);
report('ownership gating', (all) => all.map((sound, n) => gated(sound, tracks[n]?.stretches ?? [], gates[n] ?? [])));
report('Dugan’s gain sharing', (all) => all.map((sound, n) => withGains(sound, shares[n] ?? new Float32Array())));
