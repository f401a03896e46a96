import { Counter, Gauge, Histogram, collectDefaultMetrics, register } from 'prom-client';

export { Counter, Gauge, Histogram };

/**
 * How often the delay of the event loop is sampled, in ms. By default it is every 10 ms, which was the largest part of what
 * an idle process took.
 */
const SAMPLE_EVERY = 100;

collectDefaultMetrics({ register, eventLoopMonitoringPrecision: SAMPLE_EVERY });

const sources: (() => Promise<string>)[] = [];

/**
 * Adds metrics that a library collects by itself, under names that are not ours.
 * @param read is called at each scrape, and returns Prometheus' text format. When it fails, these metrics are missing
 */
export function addMetrics(read: () => Promise<string>): void {
  sources.push(read);
}

/** The process's metrics in Prometheus' text format. */
export async function renderMetrics(): Promise<{ contentType: string; body: string }> {
  const [own, ...others] = await Promise.all([
    register.metrics(),
    ...sources.map(async (read) => read().catch(() => '')),
  ]);
  return { contentType: register.contentType, body: [own, ...others].join('') };
}

export const httpDuration = new Histogram({
  name: 'http_request_duration_seconds',
  help: 'Time from a request to the end of its reply, by route and status.',
  labelNames: ['method', 'route', 'status'] as const,
  buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
});
