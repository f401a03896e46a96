import { readFileSync } from 'node:fs';
import { z } from 'zod';

export const required = { error: 'is required' };

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
