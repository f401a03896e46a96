export interface TimeScale {
  /** Where a moment lies, 0 to 1. In ms since the epoch. */
  readonly place: (moment: number) => number;
  /** Pauses that are drawn much shorter than they were. */
  readonly pauses: readonly { from: number; to: number; ms: number }[];
  /** All that were given, each once, in order. */
  readonly moments: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** In ms; a pause that is longer is marked. */
const LONG = 1_000;

/**
 * A scale on which milliseconds and hours are both to be seen: the time between one moment and the next takes as much room
 * as its logarithm. Order is kept, and what comes at the same time stays together.
 * @param moments in ms since the epoch; one or more
 */
export function timeScale(moments: readonly number[]): TimeScale {
  const known = [...new Set(moments)].toSorted((one, other) => one - other);
  const [begin = 0] = known;
  const places = new Map<number, number>();
  let room = 0;
  let before = begin;
  for (const moment of known) {
    room += Math.log1p(moment - before);
    places.set(moment, room);
    before = moment;
  }
  const place = (moment: number) => (room === 0 ? 0 : (places.get(moment) ?? 0) / room);
  const pauses = known.flatMap((to, index) => {
    const from = known[index - 1] ?? to;
    return to - from > LONG ? [{ from, to, ms: to - from }] : [];
  });
  return { place, pauses, moments: known, begin, end: known.at(-1) ?? begin };
}
