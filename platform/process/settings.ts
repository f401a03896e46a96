import { readFileSync } from 'node:fs';
import { z } from 'zod';

export const required = { error: 'is required' };

export const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http:// URL' });

/** A host, also an IPv6 address in brackets, and a port. A scheme before it would be taken for the host. */
export const HOST_AND_PORT = /^(\[[\da-f:.]+\]|[^\s,:/[\]]+):\d+$/i;

export const flag = z
  .enum(['true', 'false'], { error: 'must be true or false' })
  .default('false')
  .transform((text) => text === 'true');

/** Whether a file can be read now. */
export function isReadable(file: string): boolean {
  return findFileFault(file) === undefined;
}

/** Why a file cannot be read; undefined when it can. */
export function findFileFault(file: string): string | undefined {
  try {
    readFileSync(file);
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? 'there is no such file' : `the file cannot be read (${code})`;
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
