/**
 * Told by a signal, or by the loss of whoever started us. Ctrl-C arrives more than once (from the terminal, and passed
 * on by npm and bootstrap.js): stopping once begun goes on by itself and has an end, so the rest is ignored.
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
  // Whoever read our output may be gone too.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  return { signal: controller.signal, received };
}
