/** Judges a text once for as long as it is often seen: listeners share a few hundred user agents. Pure to the outside. */

const MAX_KNOWN = 2_000;
/** Longer ones are somebody's joke, and would fill the memory. */
const MAX_LENGTH = 512;

export function remembered<T>(judge: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    if (text.length > MAX_LENGTH) return judge(text);
    if (!known.has(text)) {
      if (known.size >= MAX_KNOWN) known.clear();
      known.set(text, judge(text));
    }
    return known.get(text) as T;
  };
}
