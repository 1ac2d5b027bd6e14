/** Dates of feeds in all the forms that hosts write them: RFC 2822 and its obsolete ones, ISO 8601, and what comes near. */

export interface ReadDate {
  /** ISO 8601 in UTC. */
  readonly instant: string;
  /** What was odd about it, in words; undefined for a plain RFC 2822 date. */
  readonly oddity?: string;
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** Minutes east of UTC. RFC 2822, 4.3, and names that hosts use though no RFC knows them. */
const ZONES: Readonly<Record<string, number>> = {
  ...{ UT: 0, UTC: 0, GMT: 0, Z: 0, WET: 0 },
  ...{ EST: -300, EDT: -240, CST: -360, CDT: -300, MST: -420, MDT: -360, PST: -480, PDT: -420 },
  ...{ AKST: -540, AKDT: -480, HST: -600, AST: -240, ADT: -180, NST: -210, NDT: -150, BRT: -180, ART: -180 },
  ...{ BST: 60, CET: 60, MEZ: 60, WEST: 60, CEST: 120, MESZ: 120, EET: 120, SAST: 120, EEST: 180, MSK: 180 },
  ...{ SGT: 480, AWST: 480, HKT: 480, JST: 540, KST: 540, ACST: 570, AEST: 600, ACDT: 630, AEDT: 660 },
  ...{ NZST: 720, NZDT: 780 },
};
const RFC_2822_ZONES = /^([+-]\d{4}|UT|GMT|[ECMP][SD]T)$/;

const PLAIN =
  /^((Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?\d{1,2} (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d{2}:\d{2}:\d{2} [+-]\d{4}$/;

interface Parts {
  readonly year: number;
  /** 0 to 11. */
  readonly month: number;
  readonly day: number;
  readonly time: string | undefined;
  readonly zone: string | undefined;
}

const TIME = String.raw`(\d{1,2}[:.]\d{1,2}(?:[:.]\d{1,2}(?:[.,]\d+)?)?\s*(?:[AaPp]\.?[Mm]\.?)?)`;
const ZONE = String.raw`([A-Za-z]{1,5}|(?:(?:GMT|UTC)\s*)?[+-]\d{1,2}:?\d{0,2})`;
const DAY_FIRST = new RegExp(
  String.raw`^(\d{1,2})(?:st|nd|rd|th)?[\s-]+([A-Za-z]{3,9})\.?,?[\s-]+(\d{2,4})(?:,?\s+${TIME})?(?:\s*${ZONE})?$`,
);
const MONTH_FIRST = new RegExp(
  String.raw`^([A-Za-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})(?:,?\s+(?:at\s+)?${TIME})?(?:\s*${ZONE})?$`,
);
const YEAR_FIRST = new RegExp(String.raw`^(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T\s]+${TIME})?(?:\s*${ZONE})?$`);
const NUMERIC = new RegExp(String.raw`^(\d{1,2})[/.](\d{1,2})[/.](\d{4})(?:,?\s+${TIME})?(?:\s*${ZONE})?$`);
const UNIX_SECONDS = /^\d{9,10}$/;

function monthOf(name: string): number | undefined {
  const index = MONTHS.indexOf(name.slice(0, 3).toLowerCase());
  return index < 0 ? undefined : index;
}

/** RFC 2822, 4.3: 00 to 49 are of this century, 50 to 99 and three digits of the last. */
function fullYear(written: string): number {
  const year = Number(written);
  if (written.length === 2) return year < 50 ? 2000 + year : 1900 + year;
  return written.length === 3 ? 1900 + year : year;
}

function partsOf(text: string): Parts | undefined {
  const [, day, monthName = '', year = '', time, zone] = DAY_FIRST.exec(text) ?? [];
  const named = monthOf(monthName);
  if (day !== undefined && named !== undefined) {
    return { year: fullYear(year), month: named, day: Number(day), time, zone };
  }
  const [, leading, dayLater, yearLater = '', timeLater, zoneLater] = MONTH_FIRST.exec(text) ?? [];
  const month = monthOf(leading ?? '');
  if (leading !== undefined && month !== undefined) {
    return { year: Number(yearLater), month, day: Number(dayLater), time: timeLater, zone: zoneLater };
  }
  const iso = YEAR_FIRST.exec(text);
  if (iso) return { year: Number(iso[1]), month: Number(iso[2]) - 1, day: Number(iso[3]), time: iso[4], zone: iso[5] };
  const numeric = NUMERIC.exec(text);
  if (!numeric) return undefined;
  const [first, second] = [Number(numeric[1]), Number(numeric[2])];
  // 3/4/2020 is the third of April to some, the fourth of March to others: nobody may guess.
  if (first <= 12 && second <= 12 && first !== second) return undefined;
  const [dayOfMonth, monthOfYear] = first > 12 ? [first, second] : [second, first];
  return { year: Number(numeric[3]), month: monthOfYear - 1, day: dayOfMonth, time: numeric[4], zone: numeric[5] };
}

/** Milliseconds since midnight; a leap second is the one before it, 24:00 is the next day's beginning. */
function timeOfDayMs(written: string | undefined): number | undefined {
  if (written === undefined) return 0;
  const [, hours, minutes, seconds = '0', fraction = '0', half] =
    /^(\d{1,2})[:.](\d{1,2})(?:[:.](\d{1,2})(?:[.,](\d+))?)?\s*([AaPp])?/.exec(written) ?? [];
  let hour = Number(hours);
  if (half !== undefined) {
    if (hour < 1 || hour > 12) return undefined;
    hour = (hour % 12) + (half.toLowerCase() === 'p' ? 12 : 0);
  }
  const [minute, second] = [Number(minutes), Math.min(59, Number(seconds))];
  if (hour > 24 || minute > 59 || Number(seconds) > 60 || (hour === 24 && minute + second > 0)) return undefined;
  return ((hour * 60 + minute) * 60 + second) * 1000 + Math.floor(Number(`0.${fraction}`) * 1000);
}

/** Undefined minutes for a name that nobody knows. */
function zoneOffset(written: string): number | undefined {
  const number = /^(?:GMT|UTC)?\s*([+-])(\d{1,2}):?(\d{2})?$/i.exec(written);
  if (number) {
    const minutes = Number(number[2]) * 60 + Number(number[3] ?? 0);
    if (minutes > 14 * 60) return undefined;
    return number[1] === '-' ? -minutes : minutes;
  }
  // Military letters were defined the wrong way round, so they say nothing (RFC 2822, 4.3).
  if (/^[A-IK-Y]$/i.test(written)) return 0;
  return ZONES[written.toUpperCase()];
}

/** Undefined where no date can be read for certain. */
export function readDate(written: string): ReadDate | undefined {
  const text = written
    .replace(/\([^)]*\)/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  if (UNIX_SECONDS.test(text)) {
    return { instant: new Date(Number(text) * 1000).toISOString(), oddity: 'seconds since 1970' };
  }
  const parts = partsOf(text.replace(/^[A-Za-z]{2,9}\.?,\s*|^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*\s+(?=\d)/i, ''));
  const clock = parts && timeOfDayMs(parts.time);
  if (!parts || clock === undefined) return undefined;
  const midnight = new Date(Date.UTC(parts.year, parts.month, parts.day));
  // The 31st of February is no day; Date would make it one of March.
  if (midnight.getUTCMonth() !== parts.month || midnight.getUTCDate() !== parts.day) return undefined;
  const offset = parts.zone === undefined ? undefined : zoneOffset(parts.zone);
  const instant = new Date(midnight.getTime() + clock - (offset ?? 0) * 60_000).toISOString();
  const oddity = oddityOf(text, parts, offset);
  return { instant, ...(oddity === undefined ? {} : { oddity }) };
}

function oddityOf(text: string, { zone, time }: Parts, offset: number | undefined): string | undefined {
  if (PLAIN.test(text)) return undefined;
  const odd: string[] = [];
  if (/^\d{4}-\d/.test(text)) odd.push('ISO 8601, not RFC 2822');
  if (/^([A-Za-z]+,?\s*)?\d{1,2}[\s-]+[A-Za-z]+[\s-]+\d{2,3}\b(?!\d)/.test(text)) odd.push('a year of two digits');
  if (time === undefined) odd.push('no time, taken for midnight');
  else if (!/\d[:.]\d{1,2}[:.]\d/.test(time)) odd.push('no seconds');
  if (zone === undefined) odd.push('no zone, taken for UTC');
  else if (offset === undefined) odd.push(`a zone that nobody knows, ${zone}, taken for UTC`);
  else if (/^[A-Za-z]+$/.test(zone) && !/^(GMT|UT|Z)$/i.test(zone)) {
    odd.push(RFC_2822_ZONES.test(zone.toUpperCase()) ? `an obsolete zone, ${zone}` : `a zone by its name, ${zone}`);
  }
  const isGmt = /^(\w{3}, )?\d{1,2} \w{3} \d{4} \d{2}:\d{2}:\d{2} (GMT|UT)$/.test(text);
  if (odd.length === 0) return isGmt ? undefined : 'not as RFC 2822 has it';
  return odd.join('; ');
}
