import { pino, stdSerializers } from 'pino';
import type { Logger } from 'pino';
import { traceIds } from '../tracing/log-of.ts';
import { activeTraceContext } from '../tracing/spans.ts';
import { describeError } from './describe-error.ts';

export type { Logger } from 'pino';

/**
 * Logs to standard output, one JSON line an entry. Headers and URLs that can carry secrets are never logged whole. `err`
 * is an error that was foreseen, such as an outage, in one line; `fault` is an unforeseen one, with its stack. While spans are
 * recorded, each line names the one that it was written in.
 */
export function createLogger(service: string, level: string): Logger {
  return pino({
    level,
    base: { service, pid: process.pid },
    mixin: () => traceIds(activeTraceContext()),
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: {
      err: (error: unknown) => ({
        type: error instanceof Error ? error.name : typeof error,
        message: describeError(error),
      }),
      fault: stdSerializers.err,
    },
    redact: ['*.SERVICE_SECRET', '*.password', '*.connectionString', '*.headers'],
  });
}
