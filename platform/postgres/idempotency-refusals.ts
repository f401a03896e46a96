import { KEY_IN_FLIGHT, KEY_REUSED } from '@gozon/postgres-idempotency';
import { problems } from '#contracts/http/problems.ts';
import type { Refusals } from './refusals.ts';

/** What the database function idempotency_begin refuses. */
export const IDEMPOTENCY_REFUSALS = {
  [KEY_IN_FLIGHT]: problems.idempotencyKeyInFlight,
  [KEY_REUSED]: problems.idempotencyKeyReused,
} as const satisfies Refusals;
