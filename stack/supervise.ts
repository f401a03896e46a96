import { setTimeout as sleep } from 'node:timers/promises';
import { describeExit, type Running } from './launch.ts';

const longestPause = 30_000;
/** After running this long, a process that dies is restarted at once again, in ms. */
const wellAfter = 60_000;

/** Starts a process again whenever it dies, with a pause that doubles from half a second to 30 s, until told to stop. */
export async function supervise(
  running: Running,
  start: () => Promise<Running>,
  { signal, say }: { signal: AbortSignal; say: (line: string) => void },
): Promise<void> {
  let pause = 500;
  for (;;) {
    const since = performance.now();
    const exit = await running.exited;
    if (signal.aborted) return;
    if (performance.now() - since > wellAfter) pause = 500;
    say(`${running.name} died (${describeExit(exit)}); starting it again in ${pause / 1000} s.`);

    for (let back: Running | undefined; !back; running = back ?? running) {
      await sleep(pause, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      pause = Math.min(pause * 2, longestPause);
      back = await start().catch((error: unknown) => {
        if (!signal.aborted)
          say(
            `${error instanceof Error ? error.message : String(error)}\nTrying again in ${pause / 1000} s.`,
          );
        return undefined;
      });
    }
    say(`${running.name} is back.`);
  }
}
