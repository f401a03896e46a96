import type { z } from 'zod';
import { currency } from '#contracts/http/wire.ts';
import { databaseUrl, processSettings } from '#platform/process/config.ts';

export const paymentsSettings = processSettings.extend({
  DATABASE_URL: databaseUrl,
  CURRENCY: currency.default('EUR'),
});

export type PaymentsConfig = z.output<typeof paymentsSettings>;
