import type { RoleState } from './health.ts';
import { inBackground, pause } from './lifecycle.ts';
import type { Logger } from './logger.ts';

/** How long a role may have work, and everything that it needs, and get nowhere; in ms. */
const LIMIT = 60_000;

/** Looks within the limit. Looks are counted, not time: a process that stood still itself is not stuck. */
const LOOKS = 12;

export interface Watched {
  readonly role: string;
  /** Something that is different whenever the role has got on. */
  readonly progress: () => unknown;
  /** Whether there is work, and all that it takes is well: only then must the role get on. To throw is to say no. */
  readonly mustProgress: () => Promise<boolean>;
  readonly onState: (state: RoleState) => void;
  readonly log: Logger;
  readonly limit?: number;
  /** Ends the process unless told otherwise. */
  readonly onStuck?: (error: Error) => void;
}

/**
 * Watches until disposed that a role gets on whenever it can. Half the limit without makes it not ready; all of it ends the
 * process, since what else helps is tried before: only a new one may.
 */
export function watchProgress(watched: Watched): AsyncDisposable {
  const { role, progress, mustProgress, onState, log, limit = LIMIT } = watched;
  const { onStuck = throwIt } = watched;
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
      const reason = `no progress for ${Math.round((idle * limit) / LOOKS / 1_000)} s, though there is work and all it needs is well`;
      if (idle * 2 >= LOOKS) onState({ ready: false, reason });
      if (idle < LOOKS) continue;
      log.fatal({ role, reason }, 'stuck: ending, to be started again');
      onStuck(new Error(`the ${role} is stuck: ${reason}`));
      return;
    }
  });
}

function throwIt(error: Error): never {
  throw error;
}
