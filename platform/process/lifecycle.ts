import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves at the first SIGTERM or SIGINT. A second one ends the process at once. */
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

/** Resources that can be closed at the same time, because none needs another. */
export interface ConcurrentStack extends AsyncDisposable {
  use<Resource extends AsyncDisposable>(resource: Resource): Resource;
}

/** When several components are silent, each takes its whole deadline to close: one after the other exceeds the grace. */
export function closeConcurrently(): ConcurrentStack {
  const resources: AsyncDisposable[] = [];
  return {
    use(resource) {
      resources.push(resource);
      return resource;
    },
    async [Symbol.asyncDispose]() {
      const ends = await Promise.allSettled(resources.map(async (one) => one[Symbol.asyncDispose]()));
      const failures = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []));
      if (failures.length > 0) throw new AggregateError(failures, 'some resources could not be closed');
    },
  };
}
