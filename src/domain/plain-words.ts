/** What a schema refuses, in words that follow the name of a field: “season must be a whole number”. For safeParse(…, IN_PLAIN_WORDS). */
import type { z } from 'zod';

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
};

/** Of a list of values the last after “or”: `auto, draft or scheduled`. */
function anyOf(values: readonly unknown[]): string {
  const words = values.map(String);
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

const UNIT: Readonly<Record<string, string>> = { string: ' characters', array: ' entries', set: ' entries' };

function bound(origin: string, verb: string, limit: number | bigint): string {
  const unit = UNIT[origin];
  const counted =
    unit !== undefined && Number(limit) === 1 ? unit.replace(/ies$/, 'y').replace(/s$/, '') : (unit ?? '');
  return `must ${unit === undefined ? 'be' : 'have'} ${verb} ${limit}${counted}`;
}

/** Only where the schema has no words of its own; undefined leaves zod's. */
function inPlainWords(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return 'is missing';
      return TYPES[issue.expected] === undefined ? undefined : `must be ${TYPES[issue.expected]}`;
    case 'invalid_value':
      if (issue.input === undefined) return 'is missing';
      return `must be ${anyOf(issue.values)}`;
    case 'too_small':
      if (issue.origin === 'string' && Number(issue.minimum) === 1) return 'must not be empty';
      return bound(issue.origin, issue.inclusive === false ? 'more than' : 'at least', issue.minimum);
    case 'too_big':
      return bound(issue.origin, issue.inclusive === false ? 'less than' : 'at most', issue.maximum);
    case 'invalid_union': {
      const { options } = issue as { options?: unknown };
      return Array.isArray(options) && options.length > 0 ? `must be ${anyOf(options)}` : undefined;
    }
    case 'unrecognized_keys':
      return `${issue.keys.length === 1 ? 'has the field' : 'has the fields'} ${issue.keys.map((key) => `“${key}”`).join(', ')}, which it does not take`;
    default:
      return undefined;
  }
}

/** As the second argument of parse and safeParse. */
export const IN_PLAIN_WORDS = { error: inPlainWords };
