import { z } from 'zod';
import { currency } from '#contracts/http/wire.ts';
import { kafkaSettings } from '#platform/kafka/settings.ts';
import { databaseUrl } from '#platform/postgres/settings.ts';
import { processSettings } from '#platform/process/process-settings.ts';
import { count, days, httpUrl, seconds } from '#platform/process/settings.ts';
import { signingKeysSetting } from '#platform/process/signing-keys.ts';

const DAY = 86_400;

const wrongHold = { error: 'must be whole seconds, 1 to 31536000' };

/** For how long money is reserved, in s: up to a year. */
const holdSeconds = z.coerce
  .number(wrongHold)
  .int(wrongHold)
  .min(1, wrongHold)
  .max(365 * DAY, wrongHold);

export const ordersSettings = processSettings.extend({
  DATABASE_URL: databaseUrl,
  SIGNING_KEYS: signingKeysSetting,
  ...kafkaSettings,
  PAYMENTS_URL: httpUrl,
  WORKFLOWS_URL: httpUrl,
  CURRENCY: currency.default('EUR'),
  MAX_UNDECIDED_ORDERS: count.default(1_000),
  /** How long a hold may be and is when nobody says, in s. */
  CAPTURE_WITHIN_MIN: holdSeconds.default(1),
  CAPTURE_WITHIN_MAX: holdSeconds.default(31 * DAY),
  CAPTURE_WITHIN_DEFAULT: holdSeconds.default(7 * DAY),
  SWEEP_EVERY: seconds.default(30),
  SWEEP_AFTER: seconds.default(60),
  RETENTION_DAYS: days.default(30),
});

export type OrdersConfig = z.output<typeof ordersSettings>;
