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
