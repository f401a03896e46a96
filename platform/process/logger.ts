import { pino, stdSerializers } from 'pino';
import type { Logger } from 'pino';
import { describeError } from './describe-error.ts';

export type { Logger } from 'pino';

/**
 * One JSON line an entry on standard output. Headers and URLs that can carry secrets are never logged whole. An error is
 * an outage, told in a line as `err`; what nobody foresaw is logged as `fault`, with its stack.
 */
export function createLogger(service: string, level: string): Logger {
  return pino({
    level,
    base: { service, pid: process.pid },
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
