// A one-shot of docker-compose.yml: the databases and roles of npm start, and those of Temporal's server.
import { z } from 'zod';
import { databaseUrl } from '#platform/postgres/settings.ts';
import { createDatabases } from './create-databases.ts';
import { rolePasswords } from './passwords.ts';
import { runOnce } from './run-once.ts';

const settings = z.object({ SUPERUSER_URL: databaseUrl, ...rolePasswords });

await runOnce('set-up-databases', settings, async (config) =>
  createDatabases(config.SUPERUSER_URL, {
    orders: config.ORDERS_DB_PASSWORD,
    payments: config.PAYMENTS_DB_PASSWORD,
    workflows: config.WORKFLOWS_DB_PASSWORD,
    temporal: config.TEMPORAL_DB_PASSWORD,
  }),
);
