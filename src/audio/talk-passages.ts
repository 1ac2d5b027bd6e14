/** The passages in which a microphone's owner talks, and their soft ends, in a room where others are heard in it too. */

/** Who is heard once in a while is talking all the while: 260 ms either way. */
const NEARBY_STEPS = 13;
/**
 * Who talked so many steps before an end, or after a beginning, talked at the same time: that voice may hide soft parts.
 * Nearer than the first, levels over 140 ms hold what comes after an end.
 */
const TOGETHER_STEPS = { from: 7, to: 20 };
/** Between two words no further apart, one of them said under another's voice, nobody counts as heard alone. */
const WORDS_APART_STEPS = 34;

/** Who is heard in the steps of a stretch. */
export interface HeardInStretch {
  /** 1 in the steps of talk in which the owner talks, alone or with others. */
  readonly owner: Uint8Array;
  /** 1 where another's voice, as loud as it arrives here, is all there is. */
  readonly others: Uint8Array;
}

/** By level alone. */
export interface ToldApart {
  /** 1 where the owner is plainly heard. */
  readonly passages: Uint8Array;
  /** 1 where all that is heard may be another's voice from afar. */
  readonly others: Uint8Array;
}

interface Limits {
  readonly stay: Float64Array;
  readonly enter: Float64Array;
}

/** 1 in each passage of talk above `stay` that anywhere is above `enter` and audible. */
export function passagesOf(talk: Uint8Array, own: Float64Array, { stay, enter }: Limits, audible: number): Uint8Array {
  const flags = new Uint8Array(talk.length);
  for (const run of runsWhere(talk.length, (step) => talk[step] === 1)) {
    for (const { from, to } of runsWhere(run.to, (step) => (own[step] ?? 0) > (stay[step] ?? 0), run.from)) {
      // Where nobody else is heard all along, a soft word is the owner's too.
      const least = from === run.from && to === run.to ? 0 : audible;
      for (let step = from; step < to; step += 1) {
        if ((own[step] ?? 0) <= Math.max(least, enter[step] ?? 0)) continue;
        flags.fill(1, from, to);
        break;
      }
    }
  }
  return flags;
}

/**
 * Passages of talk with what is near them: up to where others are heard, and on under those who talk at the same time.
 * `together`: above 0 where any of the others talks at their own microphone.
 */
export function withSoftEnds(told: ToldApart, talk: Uint8Array, together: Float64Array): HeardInStretch {
  const { passages, others: heard } = told;
  const [owner, others] = [Uint8Array.from(passages), Uint8Array.from(heard)];
  const talkedAt = (edge: number, way: 1 | -1) => {
    for (let n = TOGETHER_STEPS.from; n <= TOGETHER_STEPS.to; n += 1)
      if ((together[edge + way * n] ?? 0) > 0) return true;
    return false;
  };
  const extend = (edge: number, way: 1 | -1, isHidden: boolean) => {
    let step = edge + way;
    for (; Math.abs(step - edge) <= NEARBY_STEPS && talk[step] === 1; step += way) {
      if (heard[step] === 1 && !isHidden) break;
      [owner[step], others[step]] = [1, 0];
    }
    return step;
  };
  let last = { end: Number.NEGATIVE_INFINITY, isHidden: false };
  for (const { from, to } of runsWhere(passages.length, (step) => passages[step] === 1)) {
    const [startsHidden, endsHidden] = [talkedAt(from, 1), talkedAt(to - 1, -1)];
    const begin = extend(from, -1, startsHidden);
    if ((startsHidden || last.isHidden) && begin - last.end <= WORDS_APART_STEPS) others.fill(0, last.end, begin + 1);
    last = { end: extend(to - 1, 1, endsHidden), isHidden: endsHidden };
  }
  return { owner, others };
}

/** Steps from the first up to, not including, the last. */
interface Run {
  readonly from: number;
  readonly to: number;
}

function runsWhere(end: number, isWanted: (step: number) => boolean, begin = 0): Run[] {
  const runs: Run[] = [];
  for (let from = begin; from < end; from += 1) {
    if (!isWanted(from)) continue;
    let to = from;
    while (to < end && isWanted(to)) to += 1;
    runs.push({ from, to });
    from = to;
  }
  return runs;
}
