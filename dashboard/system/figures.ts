import { LOCALE } from '../shell/locale.ts';

const rate = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 1 });
const whole = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 });

/** In place of an unknown figure. */
export const UNKNOWN = '–';

export function showRate(perSecond: number | null | undefined): string {
  return perSecond === null || perSecond === undefined ? UNKNOWN : rate.format(perSecond);
}

export function showCount(count: number | null | undefined): string {
  return count === null || count === undefined ? UNKNOWN : whole.format(count);
}

/** "1 row was", "3 rows were": a count with its singular or plural. */
export function showCounted(count: number, one: string, more: string): string {
  return `${showCount(count)} ${count === 1 ? one : more}`;
}

export function showMilliseconds(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return UNKNOWN;
  return ms < 1_000 ? `${whole.format(ms)} ms` : `${rate.format(ms / 1_000)} s`;
}

export function showSeconds(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return UNKNOWN;
  if (seconds < 120) return `${seconds < 10 ? rate.format(seconds) : whole.format(seconds)} s`;
  return `${whole.format(seconds / 60)} min`;
}
