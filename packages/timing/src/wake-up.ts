/** An auto-reset event: one `set` releases one `wait`, also one that begins later. */
export interface WakeUp {
  set: () => void;
  /** Resolves when set, after `ms`, or when the signal aborts. */
  wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

export function createWakeUp(): WakeUp {
  let isSet = false;
  let wake = () => {};
  return {
    set() {
      isSet = true;
      wake();
    },
    async wait(ms, signal) {
      if (!isSet && !signal.aborted) {
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
      isSet = false;
    },
  };
}
