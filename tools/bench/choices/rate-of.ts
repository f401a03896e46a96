import pMap from 'p-map';

/** Does `work` `count` times, at most `concurrency` at a time. @returns how many a second */
export async function rateOf(
  count: number,
  concurrency: number,
  work: (turn: number) => Promise<unknown>,
): Promise<number> {
  const began = performance.now();
  await pMap(Array.from({ length: count }).keys(), work, { concurrency });
  return (count / (performance.now() - began)) * 1000;
}
