/** What stems are called in an archive: by who is heard in them, in names that every system can keep. Pure. */
import { cleanText } from '../domain/room.ts';

export interface NamedStem {
  readonly participantId: string;
  readonly kind: 'speech' | 'music';
}

const MOST_CHARACTERS = 80;
/** Windows keeps these for devices, whatever their ending. */
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)$/i;

/** One for each stem, without an ending, no two alike even where case does not count. `nameOf`: as the person is published. */
export function stemNames(
  stems: readonly NamedStem[],
  nameOf: (participantId: string) => string | undefined,
): string[] {
  const taken = new Set<string>();
  return stems.map(({ participantId, kind }, index) => {
    const name = safe(nameOf(participantId) ?? '') || `Speaker ${index + 1}`;
    const base = kind === 'music' ? `${name} (music)` : name;
    let unique = base;
    for (let number = 2; taken.has(unique.toLowerCase()); number += 1) unique = `${base} ${number}`;
    taken.add(unique.toLowerCase());
    return unique;
  });
}

function safe(name: string): string {
  const plain = cleanText(name)
    .normalize('NFC')
    .replace(/[\p{C}/\\:*?"<>|]/gu, ' ')
    .replace(/\s+/g, ' ');
  const cut = [...plain].slice(0, MOST_CHARACTERS).join('');
  const trimmed = cut.replace(/^[\s.]+|[\s.]+$/g, '');
  return RESERVED.test(trimmed.replace(/\..*$/, '')) ? `${trimmed}_` : trimmed;
}
