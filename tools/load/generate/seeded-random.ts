/** Random numbers that a seed repeats. */
export interface SeededRandom {
  /** From 0 up to, but not including, 1. */
  fraction(): number;
  /** A whole number, both ends included. */
  between(least: number, most: number): number;
}

/** Mulberry32: 32 bits of state are enough to choose amounts with, and for nothing that must not be guessed. */
export function seededRandom(seed: number): SeededRandom {
  let state = seed | 0;
  const fraction = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { fraction, between: (least, most) => least + Math.floor(fraction() * (most - least + 1)) };
}
