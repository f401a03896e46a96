/**
 * Settles on a stop signal, or when the process that started us is gone. Ctrl-C arrives more than once: from the
 * terminal, and forwarded by npm and bootstrap.js. A shutdown that has begun ends by itself, so later signals are
 * ignored.
 */
export function listenForShutdownSignal(): { signal: AbortSignal; received: Promise<void> } {
  const controller = new AbortController();
  const { promise: received, resolve } = Promise.withResolvers<void>();
  const stop = () => {
    controller.abort();
    resolve();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  process.on('disconnect', stop);
  // The reader of our output may be gone too.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  return { signal: controller.signal, received };
}
