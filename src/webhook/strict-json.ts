/** JSON as strictly as something that was signed deserves: no duplicate keys, no `__proto__`, bounded depth. */

const MAX_DEPTH = 64;

/** Throws SyntaxError that says what is wrong and where. */
export function parseStrictJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  refuseAmbiguity(text);
  return value;
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:,]/gs;

/** `text` is known to be JSON, so a walk over its strings and brackets suffices. */
function refuseAmbiguity(text: string): void {
  const open: (Set<string> | undefined)[] = [];
  let lastString: string | undefined;
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    const keys = open.at(-1);
    if (token === '{' || token === '[') {
      if (open.length >= MAX_DEPTH) throw new SyntaxError(`nested more than ${MAX_DEPTH} deep at position ${index}`);
      open.push(token === '{' ? new Set() : undefined);
    } else if (token === '}' || token === ']') {
      open.pop();
    } else if (token === ':' && keys && lastString !== undefined) {
      const key: string = JSON.parse(lastString);
      if (key === '__proto__') throw new SyntaxError(`the key __proto__ at position ${index} is refused`);
      if (keys.has(key))
        throw new SyntaxError(`the key ${JSON.stringify(key)} stands twice, again at position ${index}`);
      keys.add(key);
    }
    lastString = token.startsWith('"') ? token : undefined;
  }
}
