/** A distribution in the unit of its samples. */
export interface Distribution {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** Exact, by nearest rank: a percentile is always one of the samples. Undefined without samples. */
export function distribution(samples: readonly number[]): Distribution | undefined {
  const sorted = samples.toSorted((a, b) => a - b);
  const rank = (percent: number) => sorted[Math.ceil((percent / 100) * sorted.length) - 1];
  const [p50, p95, p99, max] = [rank(50), rank(95), rank(99), sorted.at(-1)];
  if (p50 === undefined || p95 === undefined || p99 === undefined || max === undefined) return undefined;
  return { count: sorted.length, p50, p95, p99, max };
}
