/** Fields that a body has and its schema does not: each told in its own place, with what was probably meant. */
import { z } from 'zod';
import { didYouMean } from './closest-name.ts';

type Schema = z.core.$ZodType;

function unwrapped(schema: Schema | undefined): Schema | undefined {
  let inner = schema;
  while (
    inner instanceof z.ZodOptional ||
    inner instanceof z.ZodNullable ||
    inner instanceof z.ZodDefault ||
    inner instanceof z.ZodPrefault
  ) {
    inner = inner.unwrap();
  }
  return inner;
}

/** What may stand there. */
function fieldsAt(schema: Schema, path: readonly PropertyKey[]): string[] {
  let place = unwrapped(schema);
  for (const part of path) {
    const shape: Readonly<Record<PropertyKey, Schema>> = place instanceof z.ZodObject ? place.shape : {};
    place = unwrapped(place instanceof z.ZodArray ? place.element : shape[part]);
  }
  return place instanceof z.ZodObject ? Object.keys(place.shape) : [];
}

/** The same issues, but for each unknown field one that says `words` and the nearest name. */
export function eachUnknownField(
  issues: readonly z.core.$ZodIssue[],
  schema: Schema,
  words: string,
): z.core.$ZodIssue[] {
  return issues.flatMap((found): z.core.$ZodIssue[] => {
    if (found.code !== 'unrecognized_keys') return [found];
    const names = fieldsAt(schema, found.path);
    return found.keys.map((key) => ({
      code: 'custom',
      path: [...found.path, key],
      message: `${words}${didYouMean(key, names)}`,
      input: undefined,
    }));
  });
}
