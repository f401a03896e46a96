/** Wakes whoever waits; a ring that nobody waits for is kept for the next. */
export interface HintBell {
  ring: () => void;
  /** Resolves at a ring, after `ms`, or when the signal aborts. */
  untilRung: (ms: number, signal: AbortSignal) => Promise<void>;
}

export function createHintBell(): HintBell {
  let rung = false;
  let wake = () => {};
  return {
    ring() {
      rung = true;
      wake();
    },
    async untilRung(ms, signal) {
      if (!rung && !signal.aborted) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
          signal.addEventListener('abort', wake, { once: true });
        });
        signal.removeEventListener('abort', wake);
      }
      rung = false;
    },
  };
}
