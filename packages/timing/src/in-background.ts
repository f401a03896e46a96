import { setTimeout as sleep } from 'node:timers/promises';

/** Waits, and returns early without an error when the signal aborts. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {});
}

/** Runs work in the background; disposal aborts its signal and waits for it to end. */
export function inBackground(work: (signal: AbortSignal) => Promise<void>): AsyncDisposable {
  const controller = new AbortController();
  const done = work(controller.signal);
  // A rejection before disposal is a bug and must end the process, not wait unseen until disposal.
  done.catch((error: unknown) => {
    if (!controller.signal.aborted) throw error;
  });
  return {
    async [Symbol.asyncDispose]() {
      controller.abort();
      await done;
    },
  };
}
