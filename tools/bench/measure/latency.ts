import { createHistogram } from 'node:perf_hooks';
import type { Distribution } from '#tools/load/generate/percentiles.ts';

/** What Node calls a histogram is an HdrHistogram. @param samples in ms; recorded in µs, to three figures */
export function latencyOf(samples: readonly number[]): Distribution | undefined {
  if (samples.length === 0) return undefined;
  const histogram = createHistogram({ lowest: 1, highest: 3_600_000_000, figures: 3 });
  for (const sample of samples) histogram.record(Math.max(1, Math.round(sample * 1000)));
  const at = (percent: number) => histogram.percentile(percent) / 1000;
  return { count: samples.length, p50: at(50), p95: at(95), p99: at(99), max: histogram.max / 1000 };
}
