/** The most one order or one top-up may move, in minor units. */
export const MAX_AMOUNT = 10n ** 12n;

/** The balance a top-up never lifts an account over, in minor units. Refunds are never capped. */
export const MAX_BALANCE = 10n ** 15n;

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
