import { pino } from 'pino';
import type { Logger } from 'pino';

export type { Logger } from 'pino';

/** One JSON line an entry on standard output. Headers and URLs that can carry secrets are never logged whole. */
export function createLogger(service: string, level: string): Logger {
  return pino({
    level,
    base: { service, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: ['*.SERVICE_SECRET', '*.password', '*.connectionString', '*.headers'],
  });
}
