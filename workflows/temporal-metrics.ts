import { randomInt } from 'node:crypto';
import { Runtime } from '@temporalio/worker';
import type { RuntimeOptions } from '@temporalio/worker';
import { addMetrics } from '#platform/process/metrics.ts';

/** Above those from which Linux takes the ports of outgoing connections, so that these are in nobody's way. */
const PORTS = [61_000, 65_536] as const;
const ATTEMPTS = 20;
/** In s. By default all that takes less than 50 ms is in one bucket: nearly every request, and every local activity. */
const LATENCY = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const BUCKETS = {
  request_latency: LATENCY,
  local_activity_execution_latency: LATENCY,
  local_activity_succeed_endtoend_latency: LATENCY,
  activity_execution_latency: LATENCY,
  activity_schedule_to_start_latency: LATENCY,
  workflow_task_execution_latency: LATENCY,
  workflow_task_schedule_to_start_latency: LATENCY,
};

/** In ms. */
const READ_DEADLINE = 1_000;

/**
 * Installs the Temporal runtime, with its metrics among ours. The SDK can only serve them on a port: it gets one on
 * loopback, which is read at each scrape. Its buffer instead would have to be emptied all the while, also without a scrape,
 * and calls JavaScript for each event.
 */
export function installRuntimeWithMetrics({ telemetryOptions, ...options }: RuntimeOptions): void {
  for (let attempt = 1; ; attempt++) {
    const bindAddress = `127.0.0.1:${randomInt(...PORTS)}`;
    try {
      Runtime.install({
        ...options,
        telemetryOptions: {
          ...telemetryOptions,
          metrics: {
            attachServiceName: false,
            prometheus: {
              bindAddress,
              countersTotalSuffix: true,
              unitSuffix: true,
              useSecondsForDurations: true,
              histogramBucketOverrides: BUCKETS,
            },
          },
        },
      });
      addMetrics(async () => readMetrics(`http://${bindAddress}/metrics`));
      return;
    } catch (error) {
      // The port may be taken.
      if (attempt === ATTEMPTS) throw error;
    }
  }
}

async function readMetrics(url: string): Promise<string> {
  const reply = await fetch(url, { signal: AbortSignal.timeout(READ_DEADLINE) });
  return reply.text();
}
