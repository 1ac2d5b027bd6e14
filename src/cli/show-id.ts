/** The id of a show as it was typed. */
import { ShowId } from '../domain/ids.ts';
import { UsageError } from './usage-error.ts';

/** Throws UsageError. */
export function showIdFrom(text: string): ShowId {
  const id = ShowId.safeParse(text);
  if (!id.success) throw new UsageError(`"${text}" is no show id: 1 to 64 of a-z, 0-9 and -`);
  return id.data;
}
