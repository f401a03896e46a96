/**
 * How long to wait before the next attempt, in ms: exponential with full jitter, so that copies that failed together do
 * not return together (M. Brooker, "Exponential Backoff And Jitter").
 * @param attempt failures so far, from 1
 */
export function backOff(attempt: number, { min, max }: { min: number; max: number }): number {
  const ceiling = Math.min(max, min * 2 ** Math.min(attempt, 30));
  return min + Math.random() * (ceiling - min);
}
