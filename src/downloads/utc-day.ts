/** Days in UTC, as text: 2026-11-22. */
import { z } from 'zod';

export const UtcDay = z.iso.date('must be a day like 2026-11-22').brand<'UtcDay'>();
export type UtcDay = z.infer<typeof UtcDay>;

const DAY_MS = 86_400_000;

export function utcDayOf(at: Date): UtcDay {
  return at.toISOString().slice(0, 10) as UtcDay;
}

/** The first moment after it, in milliseconds since 1970. */
export function endOfDayMs(day: UtcDay): number {
  return Date.parse(`${day}T00:00:00Z`) + DAY_MS;
}

/** `days` may be negative. */
export function daysAfter(day: UtcDay, days: number): UtcDay {
  return utcDayOf(new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS));
}

/** How many days from one to the other, both counted; 0 or less when they are the wrong way round. */
export function countDays(from: UtcDay, to: UtcDay): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS) + 1;
}

export function everyDay(from: UtcDay, to: UtcDay): UtcDay[] {
  return Array.from({ length: Math.max(0, countDays(from, to)) }, (_, index) => daysAfter(from, index));
}
