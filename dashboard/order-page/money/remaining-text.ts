import { LOCALE } from '../../shell/locale.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const whole = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 });
const two = new Intl.NumberFormat(LOCALE, { minimumIntegerDigits: 2, maximumFractionDigits: 0 });

/** What is left of a time, in two units: "6 days 23 h", "4 min 05 s", "9 s". It says 1 s until nothing is left. */
export function remainingText(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1_000));
  if (seconds < MINUTE) return `${whole.format(seconds)}\u00a0s`;
  const minutes = Math.floor(seconds / MINUTE);
  if (seconds < HOUR) return `${whole.format(minutes)}\u00a0min ${two.format(seconds % MINUTE)}\u00a0s`;
  const hours = Math.floor(seconds / HOUR);
  if (seconds < DAY) return `${whole.format(hours)}\u00a0h ${two.format(minutes % 60)}\u00a0min`;
  const days = Math.floor(seconds / DAY);
  return `${whole.format(days)}\u00a0${days === 1 ? 'day' : 'days'} ${whole.format(hours % 24)}\u00a0h`;
}
