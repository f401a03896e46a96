import { problems } from '#contracts/http/problems.ts';
import { IDEMPOTENCY_REFUSALS } from '#platform/postgres/idempotency-refusals.ts';
import { problemFor } from '#platform/postgres/refusals.ts';
import type { Refusals } from '#platform/postgres/refusals.ts';

/** What the database functions of payments refuse to a client, by SQLSTATE. schema.sql has the functions. */
export const REFUSALS = {
  GZ001: problems.accountExists,
  GZ002: problems.accountNotFound,
  GZ003: problems.balanceLimitExceeded,
  ...IDEMPOTENCY_REFUSALS,
} as const satisfies Refusals;

/**
 * debit() and cancel_payment() raise it when the order was decided for another customer, amount or currency. No client
 * asks for either, so it is no Problem: the activity fails, and is seen.
 */
export const DECIDED_OTHERWISE = 'GZ004';

/** debit() and cancel_payment() raise it when orders did not sign what they are called with. Trying again cannot help. */
export const NOT_SIGNED_BY_ORDERS = 'GZ007';

/** capture(), refund() and cancel_payment() raise it when the order's hold or payment does not allow it. */
export const NOT_ALLOWED = 'GZ009';

/** The Problem that a refusal of the database is for the client; any other error as it is. */
export function toProblem(error: unknown): unknown {
  return problemFor(error, REFUSALS);
}
