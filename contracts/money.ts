import { z } from 'zod';
import { onTheWire } from './wire.ts';

/** The most one order or one top-up may move, in minor units. */
export const MAX_AMOUNT = 10n ** 12n;

/** The balance a top-up never lifts an account over, in minor units. Refunds are never capped. */
export const MAX_BALANCE = 10n ** 15n;

/** What a customer asks to move: a JSON integer of minor units, 1 to {@link MAX_AMOUNT}. */
export const amount = onTheWire(
  z
    .int({
      error: ({ input }) => (input === undefined ? 'is required' : 'must be a whole number of minor units'),
    })
    .min(1, { error: 'must be at least 1' })
    .max(Number(MAX_AMOUNT), { error: `must be at most ${MAX_AMOUNT}` })
    .transform(BigInt),
  {
    type: 'integer',
    minimum: 1,
    maximum: Number(MAX_AMOUNT),
    description: 'In minor units: 1999 is 19.99 EUR.',
  },
);

/**
 * Money that left a JSON column or a message: a JSON integer, or a decimal string where the format refuses bigint.
 * @throws Error when a JSON number is past 2^53, where it would silently have been rounded.
 */
export function parseMoney(value: number | string | bigint): bigint {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) {
    throw new Error(`${value} is not a safe integer of minor units`);
  }
  return BigInt(value);
}

/** An ISO 4217 code that this runtime knows. */
export const currency = onTheWire(
  z.string().refine((code) => Intl.supportedValuesOf('currency').includes(code), {
    error: 'must be an ISO 4217 currency code such as EUR',
  }),
  { type: 'string', enum: ['{currency}'], description: 'ISO 4217; the one currency of this shop.' },
);
