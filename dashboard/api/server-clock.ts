/** How far the browser's clock is behind the server's, in ms. */
let behind = 0;

/** Notes the time of a reply, its `Date`, which is in whole seconds. */
export function noteServerTime(date: string | null): void {
  const difference = Date.parse(date ?? '') - Date.now();
  if (Number.isNaN(difference)) return;
  // Within a second and the way here it says nothing more exact than the browser's own clock.
  behind = Math.abs(difference) < TOLERANCE ? 0 : difference;
}

/** In ms. */
const TOLERANCE = 2_000;

/** The server's time in ms since the epoch: the browser's clock may be wrong. */
export function serverTime(): number {
  return Date.now() + behind;
}
