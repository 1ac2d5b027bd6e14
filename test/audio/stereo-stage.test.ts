/** Voices a little apart: nobody louder for it, the host in the middle, nobody far out. */
import { describe, expect, it } from 'vitest';
import { stagePlaces } from '../../src/audio/stereo-stage.ts';

const guests = (count: number) => Array.from({ length: count }, () => ({ isHost: false }));
const host = { isHost: true };
/** -1 is left, 1 is right, of a constant-power panorama. */
const positionOf = ({ left, right }: { left: number; right: number }) => (4 / Math.PI) * Math.atan2(right, left) - 1;

describe('the stereo stage', () => {
  it('gives every place the power of the centre', () => {
    for (let count = 1; count <= 50; count += 1) {
      for (const { left, right } of stagePlaces(guests(count))) expect(left ** 2 + right ** 2).toBeCloseTo(2, 9);
    }
  });

  it('puts nobody further out than 15 %, and somebody that far on both sides', () => {
    for (let count = 3; count <= 50; count += 1) {
      const positions = stagePlaces([host, ...guests(count)]).map(positionOf);
      expect(Math.min(...positions)).toBeCloseTo(-0.15, 9);
      expect(Math.max(...positions)).toBeCloseTo(0.15, 9);
    }
  });

  it('keeps the first host in the centre, wherever in the order, and whoever is alone', () => {
    expect(stagePlaces([...guests(2), host, host])[2]).toEqual({ left: 1, right: 1 });
    expect(stagePlaces([...guests(2), host, host]).filter(({ left }) => left === 1)).toHaveLength(1);
    expect(stagePlaces(guests(1))).toEqual([{ left: 1, right: 1 }]);
    expect(stagePlaces([])).toEqual([]);
  });

  it('gives each speaker a place of their own, in turn left and right', () => {
    const positions = stagePlaces([host, ...guests(5)]).map(positionOf);
    expect(new Set(positions.map((position) => position.toFixed(6))).size).toBe(6);
    expect(positions.slice(1).map(Math.sign)).toEqual([-1, 1, -1, 1, -1]);
    expect(stagePlaces([host, ...guests(5)])).toEqual(stagePlaces([host, ...guests(5)]));
  });
});
