import { inBackground, pause } from '@gozon/timing';
import type { RoleState } from './health.ts';
import type { Logger } from './logger.ts';

/** How long a role may make no progress although it has work and everything that it needs, in ms. */
const LIMIT = 60_000;

/** Looks within the limit. Looks are counted, not time: a process that was paused as a whole is not stuck. */
const LOOKS = 12;

export interface WatchProgressOptions {
  readonly role: string;
  /** A value that differs whenever the role has made progress. */
  readonly progress: () => unknown;
  /**
   * Whether there is work and all that it needs is well: only then must the role make progress. An error counts as no.
   */
  readonly mustProgress: () => Promise<boolean>;
  readonly onState: (state: RoleState) => void;
  readonly log: Logger;
  readonly limit?: number;
  /** By default the error ends the process. */
  readonly onStuck?: (error: Error) => void;
}

/**
 * Watches until disposed that a role makes progress whenever it can. After half the limit it is reported not ready. After
 * the whole limit the process ends, because every remedy inside the process has been tried.
 */
export function watchProgress(options: WatchProgressOptions): AsyncDisposable {
  const { role, progress, mustProgress, onState, log, limit = LIMIT } = options;
  const { onStuck = throwIt } = options;
  onState({ ready: true });
  return inBackground(async (signal) => {
    let seen = progress();
    for (let idle = 0; !signal.aborted;) {
      await pause(limit / LOOKS, signal);
      if (signal.aborted) return;
      const latest = progress();
      const mayRest = latest !== seen || !(await mustProgress().catch(() => false));
      if (mayRest) {
        if (idle * 2 >= LOOKS) onState({ ready: true });
        seen = latest;
        idle = 0;
        continue;
      }
      idle += 1;
      const seconds = Math.round((idle * limit) / LOOKS / 1_000);
      const reason = `no progress for ${seconds} s, although there is work and all that it needs is well`;
      if (idle * 2 >= LOOKS) onState({ ready: false, reason });
      if (idle < LOOKS) continue;
      log.fatal({ role, reason }, 'stuck; ending the process so that it is started again');
      onStuck(new Error(`the ${role} is stuck: ${reason}`));
      return;
    }
  });
}

function throwIt(error: Error): never {
  throw error;
}
