import { Counter, Gauge, Histogram, collectDefaultMetrics, register } from 'prom-client';

export { Counter, Gauge, Histogram };

/**
 * How often the delay of the event loop is sampled, in ms. By default it is every 10 ms, which was the largest part of what
 * an idle process took.
 */
const SAMPLE_EVERY = 100;

collectDefaultMetrics({ register, eventLoopMonitoringPrecision: SAMPLE_EVERY });

/** The process's metrics in Prometheus' text format. */
export async function renderMetrics(): Promise<{ contentType: string; body: string }> {
  return { contentType: register.contentType, body: await register.metrics() };
}

export const httpDuration = new Histogram({
  name: 'http_request_duration_seconds',
  help: 'Time from a request to the end of its reply, by route and status.',
  labelNames: ['method', 'route', 'status'] as const,
  buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
});
