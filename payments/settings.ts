import type { z } from 'zod';
import { currency } from '#contracts/http/wire.ts';
import { databaseUrl } from '#platform/postgres/settings.ts';
import { processSettings } from '#platform/process/process-settings.ts';
import { signingKeysSetting } from '#platform/process/signing-keys.ts';

export const paymentsSettings = processSettings.extend({
  DATABASE_URL: databaseUrl,
  SIGNING_KEYS: signingKeysSetting,
  CURRENCY: currency.default('EUR'),
});

export type PaymentsConfig = z.output<typeof paymentsSettings>;
