import { z } from 'zod';
import { kafkaSettings } from '#platform/kafka/settings.ts';
import { databaseUrl } from '#platform/postgres/settings.ts';
import { days, httpUrl, processSettings, seconds } from '#platform/process/settings.ts';
import { temporalSettings } from '#temporal-config/access.ts';

export const workflowsSettings = processSettings.extend({
  ORDERS_DATABASE_URL: databaseUrl,
  PAYMENTS_DATABASE_URL: databaseUrl,
  ...kafkaSettings,
  ORDERS_URL: httpUrl,
  PAYMENTS_URL: httpUrl,
  ...temporalSettings,
  /** A file that deploy/bundle-workflows.ts wrote; the code is bundled at the start otherwise. */
  WORKFLOW_BUNDLE: z.string().optional(),
  RECONCILE_EVERY: seconds.default(600),
  RECONCILE_DAYS: days.default(2),
});
