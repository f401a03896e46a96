import { pause } from '@gozon/timing';
import { diag, DiagLogLevel } from '@opentelemetry/api';
import { SHUTDOWN } from '#contracts/values/deadlines.ts';
import type { Logger } from '../process/logger.ts';
import type { TracingSettings } from './settings.ts';
import { createSpanIds } from './span-ids.ts';
import { switchOn } from './spans.ts';

/**
 * How long after a complaint of the exporter others are not logged, in ms. It sends every 5 s: while the collector is away each
 * of them follows the last.
 */
const SAME_OUTAGE = 60_000;

/**
 * Records spans, and sends them to the collector that the settings name; without one it does nothing. All of OpenTelemetry's
 * code is loaded here. It never holds up anybody: what a collector does not take is dropped.
 * @returns what sends the last spans, and gives up after {@link SHUTDOWN}.spans
 */
export async function startTracing(
  service: string,
  settings: TracingSettings,
  log: Logger,
): Promise<AsyncDisposable | undefined> {
  const endpoint = settings.OTEL_EXPORTER_OTLP_ENDPOINT ?? settings.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT;
  const isOff = endpoint === undefined || settings.OTEL_TRACES_EXPORTER === 'none';
  if (isOff || settings.OTEL_SDK_DISABLED) return undefined;
  const { NodeSDK } = await import('@opentelemetry/sdk-node');
  const isNamed =
    settings.OTEL_SERVICE_NAME ?? /\bservice\.name=/.exec(settings.OTEL_RESOURCE_ATTRIBUTES ?? '');
  const sdk = new NodeSDK({
    ...(!isNamed && { serviceName: service }),
    idGenerator: createSpanIds(),
    // The headers are ours to write and to read: accept-trace.ts.
    textMapPropagator: null,
    metricReaders: [],
    logRecordProcessors: [],
  });
  // After that: with OTEL_LOG_LEVEL it would write to the console.
  logComplaints(log);
  sdk.start();
  switchOn();
  return {
    async [Symbol.asyncDispose]() {
      const sent = new AbortController();
      const sending = sdk.shutdown().catch(() => {});
      await Promise.race([sending.finally(() => sent.abort()), pause(SHUTDOWN.spans, sent.signal)]);
    },
  };
}

/** A collector that is away is one line for each outage. */
function logComplaints(log: Logger): void {
  let last = -Infinity;
  const complain = (message: string) => {
    const isKnown = performance.now() - last < SAME_OUTAGE;
    last = performance.now();
    log[isKnown ? 'debug' : 'warn']({ complaint: message }, 'OpenTelemetry complains: spans may be lost');
  };
  const mention = (message: string) => log.debug({ complaint: message }, 'OpenTelemetry says');
  diag.setLogger(
    { error: complain, warn: complain, info: mention, debug: mention, verbose: mention },
    { logLevel: DiagLogLevel.INFO, suppressOverrideMessage: true },
  );
}
