/** Languages as directories read them: tags of RFC 5646, checked, in their canonical form. */

const names = new Intl.DisplayNames(['en'], { type: 'language', fallback: 'none', languageDisplay: 'standard' });
const regions = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' });
const LETTERS = [...'abcdefghijklmnopqrstuvwxyz'];

/** The tag of a language written in English, like `german`. */
function tagOfName(name: string): string | undefined {
  const wanted = name.trim().toLowerCase();
  const twoLetters = LETTERS.flatMap((first) => LETTERS.map((second) => first + second));
  return twoLetters.find((tag) => names.of(tag)?.toLowerCase() === wanted);
}

function canonical(tag: string): string | undefined {
  try {
    return Intl.getCanonicalLocales(tag)[0];
  } catch {
    return undefined;
  }
}

export type CheckedLanguage = { readonly tag: string } | { readonly problem: string };

/**
 * `EN-gb` becomes `en-GB`. Codes of two letters and regions must exist; of those of three letters (ISO 639-3) the
 * registry has more than any program names, so their form is enough.
 */
export function checkLanguage(given: string): CheckedLanguage {
  const hint = (tag: string | undefined) => (tag === undefined ? '' : ` Did you mean “${tag}”?`);
  const tag = canonical(given);
  if (tag === undefined) {
    const repaired = canonical(given.trim().replaceAll('_', '-').replace(/\..*$/, ''));
    return { problem: `“${given}” is no language tag like en or pt-BR.${hint(tagOfName(given) ?? repaired)}` };
  }
  // Of `und` some versions of Node tell no language at all.
  const { language = 'und', region }: { language?: string; region?: string | undefined } = new Intl.Locale(tag);
  const isKnown = language.length === 2 ? names.of(language) !== undefined : language.length === 3;
  if (!isKnown || language === 'und') {
    return {
      problem: `“${given}” names no language: it begins with a code of two or three letters, like en or pt-BR.${hint(tagOfName(given))}`,
    };
  }
  if (region !== undefined && /^[A-Z]{2}$/.test(region) && regions.of(region) === undefined) {
    return { problem: `“${given}” names no country: “${region}” is not in ISO 3166. “${language}” alone is enough.` };
  }
  const [plain = tag] = tag.split(/-[a-z0-9]-/i);
  if (plain !== tag) return { problem: `“${given}” has an extension, which no directory reads.${hint(plain)}` };
  return { tag };
}
