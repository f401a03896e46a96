const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** What is left of a time, in two units: "6 days 23 h", "4 min 05 s", "9 s". It says 1 s until nothing is left. */
export function remainingText(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1_000));
  if (seconds < MINUTE) return `${seconds}\u00a0s`;
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)}\u00a0min ${two(seconds % MINUTE)}\u00a0s`;
  if (seconds < DAY) {
    return `${Math.floor(seconds / HOUR)}\u00a0h ${two(Math.floor((seconds % HOUR) / MINUTE))}\u00a0min`;
  }
  const days = Math.floor(seconds / DAY);
  return `${days}\u00a0${days === 1 ? 'day' : 'days'} ${Math.floor((seconds % DAY) / HOUR)}\u00a0h`;
}

function two(count: number): string {
  return String(count).padStart(2, '0');
}
