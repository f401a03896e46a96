// A one-shot of docker-compose.yml: databases and roles, as npm start makes them, and those of Temporal.
import { z } from 'zod';
import { databaseUrl } from '#platform/config.ts';
import { setUpDatabases } from '../stack/set-up-databases.ts';
import { runOnce } from './run-once.ts';

const password = z.string({ error: 'is required' }).min(16, { error: 'must have at least 16 characters' });

const settings = z
  .object({
    ENVIRONMENT: z.enum(['dev', 'production'], { error: 'must be dev or production' }),
    /** Not its own: this runs first, and nothing else does when it refuses. */
    IDENTITY: z.string(),
    SERVICE_SECRET: password,
    SUPERUSER_URL: databaseUrl,
    ORDERS_DB_PASSWORD: password,
    PAYMENTS_DB_PASSWORD: password,
    WORKFLOWS_DB_PASSWORD: password,
    TEMPORAL_DB_PASSWORD: password,
  })
  .refine(({ ENVIRONMENT, IDENTITY }) => ENVIRONMENT === 'dev' || IDENTITY !== 'dev', {
    path: ['IDENTITY'],
    error: 'dev believes whoever says who he is, which only ENVIRONMENT=dev may',
  });

await runOnce('set-up-databases', settings, async (config) =>
  setUpDatabases(config.SUPERUSER_URL, {
    orders: config.ORDERS_DB_PASSWORD,
    payments: config.PAYMENTS_DB_PASSWORD,
    workflows: config.WORKFLOWS_DB_PASSWORD,
    temporal: config.TEMPORAL_DB_PASSWORD,
  }),
);
