import type { Server } from 'node:http';
import type { Logger } from '../../process/logger.ts';
import { Counter } from '../../process/metrics.ts';

const refused = new Counter({
  name: 'http_connections_refused_total',
  help: 'Connections that were closed at once, since as many were open as fit into memory.',
});

/** How long after a line in the log further refusals are only counted, in ms. */
const QUIET = 10_000;

/**
 * Closes new connections at once while this number is open, whatever those do: idle, sending headers or a body, waiting or
 * streaming. Open ones continue. Anyone can open connections, so the log has one line for many.
 */
export function limitConnections(server: Server, { most, log }: { most: number; log: Logger }): void {
  let loggedAt = -Infinity;
  server.maxConnections = most;
  server.on('drop', () => {
    refused.inc();
    if (performance.now() - loggedAt < QUIET) return;
    loggedAt = performance.now();
    log.warn({ most }, 'refused a connection: as many are open as fit into memory');
  });
}
