/** What commands print: results on stdout, all else on stderr; progress as a bar on a terminal, as lines elsewhere. */
import { stripVTControlCharacters } from 'node:util';
import { Presets, SingleBar } from 'cli-progress';

export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** With --json one object on stdout; else what `text` makes of it. */
export function printResult<T>(isJson: boolean, result: T, text: (result: T) => string): void {
  process.stdout.write(`${isJson ? JSON.stringify(result, undefined, 2) : text(result)}\n`);
}

/** Columns as wide as what stands in them; nothing a terminal would obey comes through from the data. */
export function table(rows: readonly (readonly string[])[], indent = ''): string {
  const clean = rows.map((row) => row.map((cell) => stripVTControlCharacters(cell)));
  const widths = (clean[0] ?? []).map((_, column) => Math.max(...clean.map((row) => (row[column] ?? '').length)));
  return clean
    .map((row) => `${indent}${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd())
    .join('\n');
}

export interface ProgressLine {
  show(stage: string, percent: number): void;
  end(): void;
}

const PLAIN_STEP_PERCENT = 20;

export function progressLine(isTerminal = process.stderr.isTTY === true): ProgressLine {
  return isTerminal ? bar() : plainLines();
}

function bar(): ProgressLine {
  const single = new SingleBar(
    {
      format: '{stage} {bar} {percentage} %',
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: false,
      barsize: 30,
    },
    Presets.rect,
  );
  let furthest: number | undefined;
  // Also when the process ends in the middle: the terminal gets its cursor back.
  const end = () => single.stop();
  process.once('exit', end);
  return {
    show: (stage, percent) => {
      const shown = { stage: stage.padEnd(20) };
      const isFirst = furthest === undefined;
      // Each job counts its own hundred; a bar that went back would look like work lost.
      furthest = Math.max(furthest ?? 0, Math.floor(percent));
      if (isFirst) single.start(100, furthest, shown);
      else single.update(furthest, shown);
    },
    end: () => {
      process.off('exit', end);
      end();
    },
  };
}

function plainLines(): ProgressLine {
  let last = '';
  return {
    show: (stage, percent) => {
      const step = Math.floor(percent / PLAIN_STEP_PERCENT) * PLAIN_STEP_PERCENT;
      const line = percent > 0 ? `  ${stage} ${step} %` : `  ${stage}`;
      if (line !== last) say(line);
      last = line;
    },
    end: () => undefined,
  };
}

const decibels = (value: number | null | undefined, unit: string) =>
  value === null || value === undefined ? 'silent' : `${value.toFixed(1)} ${unit}`;
export const lufs = (value: number | null | undefined) => decibels(value, 'LUFS');
export const dbtp = (value: number | null | undefined) => decibels(value, 'dBTP');
export const clockTime = (seconds: number) => {
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  const rest = [minutes, whole % 60].map((part) => String(part).padStart(2, '0')).join(':');
  return hours > 0 ? `${hours}:${rest}` : rest;
};
