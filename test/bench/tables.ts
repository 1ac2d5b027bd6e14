/** Figures as Markdown. Pure. */
import type { Cost } from './measured.ts';

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

export const seconds = (value: number) => `${value.toFixed(value < 10 ? 2 : 1)} s`;
const mebibytes = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MiB`;
export const decimal = (value: number) => value.toFixed(1).replace('-', '−');
export const times = (value: number) => `${value.toFixed(2)} ×`;

export const COST_HEAD = ['wall', 'CPU', 'memory', 'disk'] as const;

export function costCells(cost: Cost): string[] {
  return [
    seconds(cost.wallSeconds),
    seconds(cost.cpuSeconds),
    mebibytes(cost.peakMemoryBytes),
    mebibytes(cost.peakDiskBytes),
  ];
}

/** The middle one, or the mean of the two in the middle. */
function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const [low = 0, high = low] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]];
  return (low + high) / 2;
}

/** Each figure's own median over the runs. */
export function medianCost(costs: readonly Cost[]): Cost {
  return {
    wallSeconds: median(costs.map((cost) => cost.wallSeconds)),
    cpuSeconds: median(costs.map((cost) => cost.cpuSeconds)),
    peakMemoryBytes: median(costs.map((cost) => cost.peakMemoryBytes)),
    peakDiskBytes: median(costs.map((cost) => cost.peakDiskBytes)),
  };
}
