import type { RoundResult } from '../measure/rounds.ts';
import type { AtRate, Turn } from '../measure/turn.ts';
import type { Usage } from '../measure/usage.ts';

/** The median, and in brackets the least and the most if there are several; a dash of none. */
export function medianAndRange(values: readonly (number | undefined)[]): string {
  const sorted = values.filter((value) => value !== undefined).toSorted((a, b) => a - b);
  const [least, most] = [sorted[0], sorted.at(-1)];
  if (least === undefined || most === undefined) return '–';
  const middle = short(medianOf(sorted));
  return sorted.length === 1 ? middle : `${middle} (${short(least)} to ${short(most)})`;
}

/** Between the two in the middle if there are as many above as below; NaN of none. */
export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  const half = (sorted.length - 1) / 2;
  return (at(Math.floor(half)) + at(Math.ceil(half))) / 2;
}

/** Three figures are more than any of it is sure of. */
export function short(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toPrecision(2);
}

/** a / b of each round in which both have a value; that of b may be another one. */
export function ratios(
  results: readonly RoundResult[],
  a: string,
  b: string,
  value: (turn: Turn) => number | undefined,
  valueOfB = value,
): number[] {
  const valueIn = (subject: string, round: number) => {
    const turn = results.find((result) => result.subject === subject && result.round === round)?.turn;
    return turn && valueOfB(turn);
  };
  return results
    .filter(({ subject }) => subject === a)
    .flatMap(({ turn, round }) => {
      const [first, second] = [value(turn), valueIn(b, round)];
      return first === undefined || second === undefined ? [] : [first / second];
    });
}

export function total(usage: Usage): number {
  return Object.values(usage).reduce((sum, value) => sum + value, 0);
}

/** What was measured at a rate, such as 20/s. */
export function atRate(of: string, value: (rate: AtRate) => number | undefined) {
  return ({ rates }: Turn): number | undefined => {
    const rate = rates.find((one) => one.of === of);
    return rate && value(rate);
  };
}
