/** Durations of feeds in all the forms that hosts write them. */

export interface ReadDuration {
  readonly seconds: number;
  /** What was odd about it, in words; undefined for whole seconds and for clock times. */
  readonly oddity?: string;
}

const CLOCK = /^(?:(\d{1,3}):)?(\d{1,3}):(\d{1,2}(?:[.,]\d+)?)$/;
const PLAIN_CLOCK = /^(\d{1,3}:)?\d{1,2}:\d{2}$/;
const SECONDS = /^\d{1,7}(?:[.,]\d+)?$/;
const ISO_8601 = /^P(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?$/i;
const IN_WORDS =
  /^(?:(\d+)\s*(?:h|hrs?|hours?)\.?)?\s*(?:(\d+)\s*(?:m|mins?|minutes?)\.?)?\s*(?:(\d+(?:\.\d+)?)\s*(?:s|secs?|seconds?)\.?)?$/i;
const THOUSANDS = /^\d{1,3}(?:,\d{3})+$/;
const LONGEST_SECONDS = 7 * 86_400;

const number = (text: string | undefined) => Number((text ?? '0').replace(',', '.'));

function secondsOf(text: string): number | undefined {
  if (THOUSANDS.test(text)) return Number(text.replaceAll(',', ''));
  if (SECONDS.test(text)) return number(text);
  const clock = CLOCK.exec(text);
  if (clock) return (number(clock[1]) * 60 + number(clock[2])) * 60 + number(clock[3]);
  const iso = ISO_8601.exec(text);
  if (iso) return ((number(iso[1]) * 24 + number(iso[2])) * 60 + number(iso[3])) * 60 + number(iso[4]);
  const words = IN_WORDS.exec(text);
  return words ? (number(words[1]) * 60 + number(words[2])) * 60 + number(words[3]) : undefined;
}

/** Undefined where it cannot be read, is nothing, or longer than a week. */
export function readDuration(written: string): ReadDuration | undefined {
  const text = written.trim();
  const seconds = secondsOf(text);
  if (seconds === undefined || !(seconds > 0) || seconds > LONGEST_SECONDS) return undefined;
  const isPlain = /^\d+$/.test(text) || PLAIN_CLOCK.test(text);
  return { seconds, ...(isPlain ? {} : { oddity: `read as ${seconds} seconds` }) };
}
