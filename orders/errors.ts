import { problems } from '#contracts/http/problems.ts';
import { IDEMPOTENCY_REFUSALS } from '#platform/postgres/idempotency.ts';
import { problemFor } from '#platform/postgres/refusals.ts';
import type { Refusals } from '#platform/postgres/refusals.ts';

/** What the database functions of orders refuse to a client, by SQLSTATE. schema.sql has the functions. */
export const REFUSALS = {
  GZ005: problems.orderNotFound,
  ...IDEMPOTENCY_REFUSALS,
} as const satisfies Refusals;

/** request_cancel() raises it when the order has a final status. Its Problem names that status. */
export const NOT_CANCELLABLE = 'GZ006';

/** place_order() raises it when the user has too many undecided orders. Its Problem names the bound. */
export const TOO_MANY_UNDECIDED = 'GZ008';

/** The Problem that a refusal of the database is for the client; any other error as it is. */
export function toProblem(error: unknown): unknown {
  return problemFor(error, REFUSALS);
}
