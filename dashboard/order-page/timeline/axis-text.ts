import { LOCALE } from '../../shell/locale.ts';

const whole = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 });
const two = new Intl.NumberFormat(LOCALE, { minimumIntegerDigits: 2 });
const exact = new Intl.NumberFormat(LOCALE, { minimumIntegerDigits: 2, minimumFractionDigits: 3 });

/** In ms. A longer axis is in minutes or hours, since ticks are close to each other. */
const SHORT = 10_000;

/**
 * How an axis writes moments, in ms since its beginning. All of them have one form, to the millisecond, so that they are seen to
 * grow: "+1,120 ms", "+0:12.049" with minutes, "+1:00:03.049" with hours.
 */
export function axisText(length: number): { unit: string; write: (ms: number) => string } {
  if (length < SHORT) return { unit: 'ms', write: (ms) => `+${whole.format(ms)}\u00a0ms` };
  const seconds = (ms: number) => exact.format((ms % 60_000) / 1_000);
  const minutes = (ms: number) => Math.floor(ms / 60_000);
  if (length < 3_600_000) {
    return { unit: 'min:s', write: (ms) => `+${whole.format(minutes(ms))}:${seconds(ms)}` };
  }
  return {
    unit: 'h:min:s',
    write: (ms) =>
      `+${whole.format(Math.floor(minutes(ms) / 60))}:${two.format(minutes(ms) % 60)}:${seconds(ms)}`,
  };
}
