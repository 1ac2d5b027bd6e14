/** A light stereo stage: each speaker a little to one side, so that voices are easier to tell apart, equally loud. */

/** Of the way from the centre to the side. */
const WIDEST = 0.15;

/** Factors on one channel of sound; both are 1 in the centre, and the sum of their squares is 2 everywhere. */
export interface StagePlace {
  readonly left: number;
  readonly right: number;
}

/**
 * Places for speakers in the order they are given: the first host in the centre, the others in turn to the left and to
 * the right, further out the later they come. Whoever is alone is in the centre.
 */
export function stagePlaces(speakers: readonly { readonly isHost: boolean }[]): StagePlace[] {
  const centre = speakers.length === 1 ? 0 : speakers.findIndex(({ isHost }) => isHost);
  const aside = speakers.length - (centre < 0 ? 0 : 1);
  return speakers.map((_, index) => {
    if (index === centre) return placeAt(0);
    const turn = centre >= 0 && index > centre ? index - 1 : index;
    const toTheLeft = turn % 2 === 0;
    const onThatSide = toTheLeft ? Math.ceil(aside / 2) : Math.floor(aside / 2);
    const distance = (WIDEST * (Math.floor(turn / 2) + 1)) / onThatSide;
    return placeAt(toTheLeft ? -distance : distance);
  });
}

/** From -1, left, to 1, right. */
function placeAt(position: number): StagePlace {
  if (position === 0) return { left: 1, right: 1 };
  const angle = ((1 + position) * Math.PI) / 4;
  return { left: Math.SQRT2 * Math.cos(angle), right: Math.SQRT2 * Math.sin(angle) };
}
