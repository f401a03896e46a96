import { setTimeout as sleep } from 'node:timers/promises';
import type { Journal } from './journal.ts';
import { describeExit } from './launch.ts';
import type { Running } from './launch.ts';

/** In ms: the first pause before a restart, which doubles up to the longest. */
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 30_000;
/** A process that ran this long, in ms, is restarted after the first pause again. */
const STABLE_AFTER = 60_000;

/** A component of the stack that is restarted when it ends. */
export interface Supervised {
  readonly name: string;
  readonly start: () => Promise<Running>;
  /** Its latest process. */
  running: Running;
  /** False from its death until it is ready again. */
  up: boolean;
}

/** Restarts a component whenever its process ends, with exponential back-off, until the signal aborts. */
export async function supervise(
  component: Supervised,
  { signal, journal }: { signal: AbortSignal; journal: Journal },
): Promise<void> {
  let pause = FIRST_PAUSE;
  for (;;) {
    const since = performance.now();
    const exit = await component.running.exited;
    if (signal.aborted) return;
    component.up = false;
    if (performance.now() - since > STABLE_AFTER) pause = FIRST_PAUSE;
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
