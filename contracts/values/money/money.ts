/** The maximum amount of one order or one top-up, in minor units. */
export const MAX_AMOUNT = 10n ** 12n;

/**
 * The maximum balance after a top-up, in minor units. Refunds are never capped: 8,008 refunds of the largest amount could
 * lift a balance over 2^53, where it is still exact here and in JSON, and JavaScript's `JSON.parse` rounds it.
 */
export const MAX_BALANCE = 10n ** 15n;

/**
 * Money from a JSON column or a message: a JSON integer, or a decimal string where the format has no bigint.
 * @throws Error when a JSON number is not below 2^53: it may have been rounded silently
 */
export function parseMoney(value: number | string | bigint): bigint {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) {
    throw new Error(`${value} is not a safe integer of minor units`);
  }
  return BigInt(value);
}
