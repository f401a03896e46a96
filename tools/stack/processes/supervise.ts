import { setTimeout as sleep } from 'node:timers/promises';
import type { Journal } from './journal.ts';
import { describeExit } from './launch.ts';
import type { Running } from './launch.ts';

const LONGEST_PAUSE = 30_000;
/** After running this long, a process that dies is restarted at once again, in ms. */
const STABLE_AFTER = 60_000;

/** A component of the stack that is kept up. */
export interface Supervised {
  readonly name: string;
  readonly start: () => Promise<Running>;
  /** The process of it that ran last. */
  running: Running;
  /** False from its death until it is ready again. */
  up: boolean;
}

/** Starts a process again whenever it dies, with a pause that doubles from half a second to 30 s, until told to stop. */
export async function supervise(
  component: Supervised,
  { signal, journal }: { signal: AbortSignal; journal: Journal },
): Promise<void> {
  let pause = 500;
  for (;;) {
    const since = performance.now();
    const exit = await component.running.exited;
    if (signal.aborted) return;
    component.up = false;
    if (performance.now() - since > STABLE_AFTER) pause = 500;
    journal.note(
      'fault',
      `${component.name} died (${describeExit(exit)}); starting it again in ${pause / 1000} s.`,
    );

    while (!component.up) {
      await sleep(pause, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      pause = Math.min(pause * 2, LONGEST_PAUSE);
      try {
        component.running = await component.start();
        component.up = true;
      } catch (error) {
        if (signal.aborted) return;
        const why = error instanceof Error ? error.message : String(error);
        journal.note('fault', `${why}\nTrying again in ${pause / 1000} s.`);
      }
    }
    journal.note('recovery', `${component.name} is back.`);
  }
}
