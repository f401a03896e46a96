import { distribution } from '#tools/load/generate/percentiles.ts';

/** Two ways to do the same thing, measured in turn under the same conditions. */
export interface Comparison {
  readonly name: string;
  readonly question: string;
  /** Of what a round returns: `ms` (less is better) or something a second (more is better). */
  readonly unit: string;
  readonly a: Way;
  readonly b: Way;
  /** In ms, after which no further pair is begun, but for the first three. */
  readonly limit?: number;
}

export interface Way {
  readonly label: string;
  /** One round of some tenths of a second or more. */
  readonly round: () => Promise<number>;
}

/** What was measured of a comparison. */
export interface Result extends Pick<Comparison, 'name' | 'question' | 'unit'> {
  readonly a: Measured;
  readonly b: Measured;
  readonly ratio: Ratio;
}

interface Measured extends Spread {
  readonly label: string;
}

interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** b / a: the median of the pairs, and between what it lies with that confidence. */
export interface Ratio {
  readonly median: number;
  readonly from: number;
  readonly to: number;
  readonly confidence: number;
  readonly pairs: number;
}

const PAIRS = 9;
const FEWEST_PAIRS = 3;
/** In ms. */
const LIMIT = 20_000;

/**
 * Rounds of A and B in pairs, the first of each pair in turn, so that whatever else the machine does meets both: only
 * what is compared within a pair counts. One round of each goes before and is thrown away.
 */
export async function compare(comparison: Comparison): Promise<Result> {
  const { name, question, unit, a, b, limit = LIMIT } = comparison;
  await a.round();
  await b.round();
  const pairs: { a: number; b: number }[] = [];
  const began = performance.now();
  while (pairs.length < PAIRS && (pairs.length < FEWEST_PAIRS || performance.now() - began < limit)) {
    if (pairs.length % 2 === 0) {
      const first = await a.round();
      pairs.push({ a: first, b: await b.round() });
    } else {
      const first = await b.round();
      pairs.push({ a: await a.round(), b: first });
    }
  }
  return {
    name,
    question,
    unit,
    a: { label: a.label, ...spread(pairs.map((pair) => pair.a)) },
    b: { label: b.label, ...spread(pairs.map((pair) => pair.b)) },
    ratio: medianOf(pairs.map((pair) => pair.b / pair.a)),
  };
}

function spread(samples: readonly number[]): Spread {
  return { median: median(samples), least: Math.min(...samples), most: Math.max(...samples) };
}

/**
 * The median of ratios with the narrowest interval between two of them that holds the true median with 95% or more,
 * whatever their distribution (the sign test); with less than 6 there is none, and all of them are given.
 */
export function medianOf(ratios: readonly number[]): Ratio {
  const sorted = ratios.toSorted((a, b) => a - b);
  let outside = 0;
  while (confidenceOf(sorted.length, outside + 1) >= 0.95) outside += 1;
  return {
    median: median(sorted),
    from: sorted[outside] ?? Number.NaN,
    to: sorted[sorted.length - 1 - outside] ?? Number.NaN,
    confidence: confidenceOf(sorted.length, outside),
    pairs: sorted.length,
  };
}

/** That the median of `count` samples' distribution lies between them with `outside` left out at either end. */
function confidenceOf(count: number, outside: number): number {
  let ways = 0;
  let choose = 1;
  for (let k = 0; k <= outside; k++) {
    ways += choose;
    choose = (choose * (count - k)) / (k + 1);
  }
  return 1 - 2 * ways * 0.5 ** count;
}

function median(samples: readonly number[]): number {
  return distribution(samples)?.p50 ?? Number.NaN;
}
