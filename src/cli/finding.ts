/** One line of doctor's table. */
import { messageOf } from '../domain/failure.ts';
import { table } from './output.ts';

export interface Finding {
  readonly what: string;
  /** A note is worth knowing; a problem keeps something from working, or from being safe. */
  readonly state: 'ok' | 'note' | 'problem';
  readonly detail: string;
}

/** A problem with the error's words when `look` throws. */
export async function finding(what: string, look: () => Promise<string>): Promise<Finding> {
  try {
    return { what, state: 'ok', detail: await look() };
  } catch (error) {
    return { what, state: 'problem', detail: messageOf(error) };
  }
}

export function listed(findings: readonly Finding[]): string {
  const problems = findings.filter(({ state }) => state === 'problem').length;
  const verdict =
    problems === 0 ? 'No problem found.' : `${problems} ${problems === 1 ? 'problem' : 'problems'} found.`;
  return `${table(findings.map(({ what, state, detail }) => [what, state, detail]))}\n\n${verdict}`;
}
