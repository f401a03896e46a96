import { forEachConcurrently } from '#tools/load/generate/for-each-concurrently.ts';

/** Does `work` so many times, some at a time. @returns how many a second */
export async function rateOf(
  count: number,
  atOnce: number,
  work: (turn: number) => Promise<unknown>,
): Promise<number> {
  const began = performance.now();
  const turns = Array.from({ length: count }, (_, turn) => turn);
  await forEachConcurrently(
    turns,
    atOnce,
    new AbortController().signal,
    async (turn) => void (await work(turn)),
  );
  return (count / (performance.now() - began)) * 1000;
}
