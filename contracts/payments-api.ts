import { z } from 'zod';
import { uuid } from './ids.ts';
import { amount, currency } from './money.ts';

/** POST /api/payments/accounts */
export const openAccountBody = z.strictObject({
  userId: uuid.optional(),
  currency: currency.optional(),
});

/** POST /api/payments/accounts/{userId}/top-up */
export const topUpBody = z.strictObject({ amount });

/** An account as every route shows it. Money in minor units, times in RFC 3339 UTC. */
export interface AccountReply {
  readonly userId: string;
  readonly balance: bigint;
  readonly currency: string;
  /** Grows by one with each movement; the account's ETag. */
  readonly version: bigint;
  readonly createdAt: string;
}
