export interface TimeScale {
  /** The place of a moment, 0 to 1. @param moment in ms since the epoch */
  readonly place: (moment: number) => number;
  /** Pauses, which are drawn much shorter than they were. */
  readonly pauses: readonly { from: number; to: number; ms: number }[];
  /** The given moments in order, without duplicates. */
  readonly moments: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** In ms. A longer pause is marked. */
const LONG = 1_000;

/**
 * A scale on which both milliseconds and hours are visible: the time between one moment and the next is drawn as wide
 * as its logarithm. Moments keep their order, and equal moments have one place.
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
