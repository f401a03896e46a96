import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves at the first SIGTERM or SIGINT; a second one ends the process at once, for whoever cannot wait. */
export async function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let stopping = false;
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        if (stopping) process.exit(1);
        stopping = true;
        resolve(signal);
      });
    }
  });
}

/** Waits, and returns early without an error when the signal aborts. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {});
}

/** Runs work in the background; disposal aborts its signal and waits for it to end. */
export function inBackground(work: (signal: AbortSignal) => Promise<void>): AsyncDisposable {
  const controller = new AbortController();
  const done = work(controller.signal);
  // A rejection that comes before disposal must end the process as a bug, not wait unseen.
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

/** What can be closed all at once, for none of it needs another. */
export interface SideBySide extends AsyncDisposable {
  use<Resource extends AsyncDisposable>(resource: Resource): Resource;
}

/** With several parts silent each takes as long as its deadlines to end: one after the other that is over the grace. */
export function closeConcurrently(): SideBySide {
  const resources: AsyncDisposable[] = [];
  return {
    use(resource) {
      resources.push(resource);
      return resource;
    },
    async [Symbol.asyncDispose]() {
      const ends = await Promise.allSettled(resources.map(async (one) => one[Symbol.asyncDispose]()));
      const failures = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []));
      if (failures.length > 0) throw new AggregateError(failures, 'not everything could be closed');
    },
  };
}
