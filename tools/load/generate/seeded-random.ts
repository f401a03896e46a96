import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { mersenne } from 'pure-rand/generator/mersenne';

/** Random numbers that a seed repeats, with one version of this repository. */
export interface SeededRandom {
  /** From 0 up to, but not including, 1. */
  fraction(): number;
  /** A whole number, both ends included. */
  between(least: number, most: number): number;
}

export function seededRandom(seed: number): SeededRandom {
  const generator = mersenne(seed);
  return {
    fraction: () => uniformFloat64(generator),
    between: (least, most) => uniformInt(generator, least, most),
  };
}
