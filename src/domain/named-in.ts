/** Whether a text names a person. Pure. */

const folded = (text: string) => text.normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ').trim();
const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** The same name, whatever its case, its spaces and its way of writing accents. */
export function isSameName(a: string, b: string): boolean {
  return folded(a) === folded(b);
}

/** The whole name as words of their own: "Ann" is not in "Annual", nor in a text that says "Anne". */
export function namesAnyOf(text: string, names: readonly string[]): boolean {
  return names
    .map(folded)
    .filter((name) => name !== '')
    .some((name) => new RegExp(`(?<![\\p{L}\\p{N}])${escaped(name)}(?![\\p{L}\\p{N}])`, 'u').test(folded(text)));
}
