/** Recurrence rules as `podcast:updateFrequency` carries them: RFC 5545, section 3.3.10. */

const FREQUENCIES = ['SECONDLY', 'MINUTELY', 'HOURLY', 'DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'];
const DATE = /^\d{8}(T\d{6}Z?)?$/;

const list = (item: RegExp) => new RegExp(`^(?:${item.source})(?:,(?:${item.source}))*$`);
const upTo = (pattern: string) => new RegExp(`[+-]?${pattern}`);

const FORM_OF_PART: Readonly<Record<string, RegExp>> = {
  FREQ: new RegExp(`^(?:${FREQUENCIES.join('|')})$`),
  INTERVAL: /^[1-9]\d{0,3}$/,
  COUNT: /^[1-9]\d{0,5}$/,
  UNTIL: DATE,
  WKST: /^(?:MO|TU|WE|TH|FR|SA|SU)$/,
  BYDAY: list(/(?:[+-]?(?:[1-9]|[1-4]\d|5[0-3]))?(?:MO|TU|WE|TH|FR|SA|SU)/),
  BYMONTH: list(/[1-9]|1[0-2]/),
  BYMONTHDAY: list(upTo('(?:[1-9]|[12]\\d|3[01])')),
  BYYEARDAY: list(upTo('(?:[1-9]\\d?|[12]\\d\\d|3[0-5]\\d|36[0-6])')),
  BYWEEKNO: list(upTo('(?:[1-9]|[1-4]\\d|5[0-3])')),
  BYSETPOS: list(upTo('(?:[1-9]\\d?|[12]\\d\\d|3[0-5]\\d|36[0-6])')),
  BYHOUR: list(/\d|1\d|2[0-3]/),
  BYMINUTE: list(/\d|[1-5]\d/),
  BYSECOND: list(/\d|[1-5]\d|60/),
};

/** What is wrong with a rule, undefined when nothing is. `dtstart` is what goes with it, if anything does. */
export function recurrenceProblem(rule: string, dtstart: string | undefined): string | undefined {
  const parts = new Map<string, string>();
  for (const part of rule.split(';')) {
    const [name = '', value = ''] = part.split(/=(.*)/s);
    const form = Object.hasOwn(FORM_OF_PART, name) ? FORM_OF_PART[name] : undefined;
    if (!form)
      return `has “${part}”, which is no part of a recurrence rule (RFC 5545): write it like FREQ=WEEKLY;BYDAY=MO`;
    if (parts.has(name)) return `says ${name} twice`;
    if (!form.test(value)) return `has “${part}”, whose value does not fit ${name}`;
    parts.set(name, value);
  }
  const until = parts.get('UNTIL');
  if (!parts.has('FREQ')) return 'needs FREQ, like FREQ=WEEKLY';
  if (until !== undefined && parts.has('COUNT')) return 'has both COUNT and UNTIL: give one of them';
  if (parts.has('COUNT') && dtstart === undefined) return 'has COUNT, so dtstart must say from when it counts';
  if (until !== undefined && dtstart !== undefined && until.includes('T') !== dtstart.includes('T')) {
    return 'has an UNTIL that is a date where dtstart is a date and time, or the other way round';
  }
  return undefined;
}

const ISO_DATE = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

/** A date, or a date and time with a zone, that exists. */
export function isIsoDate(text: string): boolean {
  if (!ISO_DATE.test(text)) return false;
  const [year = 0, month = 0, day = 0] = text.slice(0, 10).split('-').map(Number);
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day && !Number.isNaN(Date.parse(text));
}
