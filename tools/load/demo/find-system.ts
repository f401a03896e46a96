import { existsSync } from 'node:fs';
import path from 'node:path';
import type { KafkaOptions } from '#platform/kafka/connect.ts';
import { createLogger } from '#platform/process/logger.ts';
import { countTraces } from '#tools/invariants/traces.queries.ts';
import { UserError } from '#tools/stack/bootstrap/user-error.js';
import { superuserUrl } from '#tools/stack/components/postgres.ts';
import { LOOPBACK } from '#tools/stack/settings/settings.ts';
import type { Settings } from '#tools/stack/settings/settings.ts';
import { openDatabases } from '../databases.ts';
import type { Databases } from '../databases.ts';
import type { GozonClient } from '../generate/gozon-client.ts';

/** @throws UserError that says how to start the system, or how to name another */
export async function requireGateway(gozon: GozonClient): Promise<void> {
  const alive = await gozon.send({ method: 'GET', path: '/health/live' }).then(
    ({ status }) => status === 200,
    () => false,
  );
  if (alive) return;
  throw new UserError(
    `Gozon does not answer at ${gozon.baseUrl}: run npm start in another terminal first, or say where it runs with GATEWAY_PORT or --gateway.`,
  );
}

/** Databases and topics of the system that npm start runs, as its settings and secrets say. */
export function findStores(settings: Settings): {
  databases: Databases & AsyncDisposable;
  kafka: KafkaOptions;
} {
  if (!existsSync(path.join(settings.home, 'secrets.json'))) {
    throw new UserError(
      `${settings.home} holds no passwords of the databases: set GOZON_HOME as it was set for npm start.`,
    );
  }
  const log = createLogger('load', 'silent');
  return {
    databases: openDatabases(superuserUrl(settings), log),
    kafka: { brokers: [`${LOOPBACK}:${settings.ports.KAFKA_PORT}`], clientId: 'load', log },
  };
}

/** Makes sure that the databases are those behind the gateway, by a customer who has just opened an account there. */
export async function requireSameSystem(databases: Databases, userId: string): Promise<void> {
  const { accounts } = await countTraces(databases, userId);
  if (accounts === 1) return;
  throw new UserError(
    'The databases that the settings name are not those behind the gateway: set GOZON_HOME and the ports as they were set for npm start.',
  );
}
