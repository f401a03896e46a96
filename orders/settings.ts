import type { z } from 'zod';
import { currency } from '#contracts/http/wire.ts';
import { kafkaSettings } from '#platform/kafka/settings.ts';
import { databaseUrl } from '#platform/postgres/settings.ts';
import { days, httpUrl, processSettings, seconds } from '#platform/process/settings.ts';

export const ordersSettings = processSettings.extend({
  DATABASE_URL: databaseUrl,
  ...kafkaSettings,
  PAYMENTS_URL: httpUrl,
  WORKFLOWS_URL: httpUrl,
  CURRENCY: currency.default('EUR'),
  SWEEP_EVERY: seconds.default(30),
  SWEEP_AFTER: seconds.default(60),
  RETENTION_DAYS: days.default(30),
});

export type OrdersConfig = z.output<typeof ordersSettings>;
