import { z } from 'zod';
import { tracingSettings } from '../tracing/settings.ts';
import { byFile } from './config.ts';
import { required } from './settings.ts';

const wrongPort = { error: 'must be a port, 0 to 65535' };

/** Not coerced: an empty value would become 0, which means any port. */
const port = z
  .string(wrongPort)
  .regex(/^\d+$/, wrongPort)
  .transform(Number)
  .refine((number) => number <= 65_535, wrongPort);

const wrongDrain = { error: 'must be seconds, 0 to 60' };

/** The settings of every process. */
export const processSettings = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: port,
  SERVICE_SECRET: z.string(required).min(16, { error: 'must have at least 16 characters' }).register(byFile),
  /**
   * How long a process still accepts requests after SIGTERM, so that a load balancer can send the next ones elsewhere.
   */
  DRAIN_SECONDS: z.coerce.number(wrongDrain).min(0, wrongDrain).max(60, wrongDrain).default(0),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace']).default('info'),
  ...tracingSettings,
});
