import { setTimeout as sleep } from 'node:timers/promises';
import { backOff, inBackground, pause } from '@gozon/timing';
import pg from 'pg';
import type { DatabaseDeadlines } from '#contracts/values/deadlines.ts';
import type { Logger } from '../process/logger.ts';
import { prepareSession, probeSession } from './session.ts';

/** In ms: its statements are small, and a silent link must be noticed. */
const DEADLINES: DatabaseDeadlines = { connect: 2_000, statement: 3_000, query: 3_000 };

/** How often the listening connection must answer, in ms. Otherwise a half-open link would look like silence. */
const PING_EVERY = 5_000;

/** How long to wait for the server when closing a connection, in ms. */
const GOODBYE_LIMIT = 1_000;

/**
 * Calls `onHint` for each NOTIFY on a channel, over a connection of its own that is opened again whenever it breaks.
 * Hints get lost, so a listener must also poll.
 */
export function listen(options: {
  url: string;
  name: string;
  channel: string;
  log: Logger;
  onHint: () => void;
}): AsyncDisposable {
  return inBackground(async (signal) => {
    for (let failures = 1; !signal.aborted; failures++) {
      const client = new pg.Client({
        connectionString: options.url,
        application_name: `${options.name} (listen)`,
        connectionTimeoutMillis: DEADLINES.connect,
        query_timeout: DEADLINES.query,
      });
      client.on('notification', options.onHint);
      try {
        const broken = new Promise<never>((_resolve, reject) => {
          client.on('error', reject);
          client.on('end', () => reject(new Error('Connection terminated')));
        });
        broken.catch(() => {});
        await client.connect();
        await prepareSession(client, DEADLINES);
        await client.query(`listen ${client.escapeIdentifier(options.channel)}`);
        failures = 0;
        options.onHint();
        while (!signal.aborted) {
          await Promise.race([pause(PING_EVERY, signal), broken]);
          // After a failover the session may stay open on the old primary, where nobody notifies any more.
          if (!signal.aborted) await probeSession(client);
        }
      } catch (error) {
        options.log.warn(
          { err: error, channel: options.channel },
          'cannot listen for hints; polling continues',
        );
        await pause(backOff(failures, { min: 100, max: 5_000 }), signal);
      } finally {
        // On a half-open link the server never confirms the end.
        await Promise.race([client.end().catch(() => {}), sleep(GOODBYE_LIMIT, undefined, { ref: false })]);
      }
    }
  });
}
