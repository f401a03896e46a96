import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { byFile } from './config.ts';

export const required = { error: 'is required' };

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
});

export const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http:// URL' });

export const flag = z
  .enum(['true', 'false'], { error: 'must be true or false' })
  .default('false')
  .transform((text) => text === 'true');

/** Whether a file can be read now. */
export function isReadable(file: string): boolean {
  try {
    readFileSync(file);
    return true;
  } catch {
    return false;
  }
}

const wrongCount = { error: 'must be a whole number, 1 to 1000000' };

export const count = z.coerce
  .number(wrongCount)
  .int(wrongCount)
  .min(1, wrongCount)
  .max(1_000_000, wrongCount);

const wrongSeconds = { error: 'must be seconds, above 0 and at most 86400' };

/** A time in seconds, up to a day; fractions too. */
export const seconds = z.coerce.number(wrongSeconds).positive(wrongSeconds).max(86_400, wrongSeconds);

const wrongDays = { error: 'must be days, above 0 and at most 3650' };

/** A time in days, up to ten years; fractions too. */
export const days = z.coerce.number(wrongDays).positive(wrongDays).max(3_650, wrongDays);
