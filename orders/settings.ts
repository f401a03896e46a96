import { currency } from '#contracts/http/wire.ts';
import {
  databaseUrl,
  days,
  httpUrl,
  kafkaSettings,
  processSettings,
  seconds,
} from '#platform/process/config.ts';

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
