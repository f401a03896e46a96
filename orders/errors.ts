import type { NotCapturable, NotCancellable, NotRefundable } from '#contracts/http/problems.ts';
import { problems } from '#contracts/http/problems.ts';
import { IDEMPOTENCY_REFUSALS } from '#platform/postgres/idempotency-refusals.ts';
import { problemFor } from '#platform/postgres/refusals.ts';
import type { Refusals } from '#platform/postgres/refusals.ts';

/**
 * What the database functions of orders refuse to a client, by SQLSTATE, some with the state of the order or an amount as
 * their detail. schema.sql has the functions.
 */
export const REFUSALS = {
  GZ005: problems.orderNotFound,
  GZ006: (state) => problems.orderNotCancellable(state as NotCancellable),
  GZ010: (why) => problems.orderNotCapturable(why as NotCapturable),
  GZ011: (held) => problems.captureExceedsHold(BigInt(held)),
  GZ012: (state) => problems.orderNotRefundable(state as NotRefundable),
  GZ013: (left) => problems.refundExceedsCaptured(BigInt(left)),
  ...IDEMPOTENCY_REFUSALS,
} as const satisfies Refusals;

/** place_order() raises it when the user has too many undecided orders. Its Problem names the bound. */
export const TOO_MANY_UNDECIDED = 'GZ008';

/** expire_order() and restore_order() raise it when payments did not sign what they are given. No client asks for that. */
export const NOT_SIGNED_BY_PAYMENTS = 'GZ007';

/** The Problem that a refusal of the database is for the client; any other error as it is. */
export function toProblem(error: unknown): unknown {
  return problemFor(error, REFUSALS);
}
