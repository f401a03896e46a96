import type { z } from 'zod';
import { currency } from '#contracts/http/wire.ts';
import { kafkaSettings } from '#platform/kafka/settings.ts';
import { databaseUrl } from '#platform/postgres/settings.ts';
import { count, days, httpUrl, processSettings, seconds } from '#platform/process/settings.ts';
import { signingKeysSetting } from '#platform/process/signing-keys.ts';

export const ordersSettings = processSettings.extend({
  DATABASE_URL: databaseUrl,
  SIGNING_KEYS: signingKeysSetting,
  ...kafkaSettings,
  PAYMENTS_URL: httpUrl,
  WORKFLOWS_URL: httpUrl,
  CURRENCY: currency.default('EUR'),
  MAX_UNDECIDED_ORDERS: count.default(1_000),
  SWEEP_EVERY: seconds.default(30),
  SWEEP_AFTER: seconds.default(60),
  RETENTION_DAYS: days.default(30),
});

export type OrdersConfig = z.output<typeof ordersSettings>;
