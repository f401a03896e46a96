import { problems } from '#contracts/http/problems.ts';
import type { Refusals } from './refusals.ts';

/** What the database function idempotency_begin refuses. */
export const IDEMPOTENCY_REFUSALS = {
  GZ409: problems.idempotencyKeyInFlight,
  GZ422: problems.idempotencyKeyReused,
} as const satisfies Refusals;

/** The reply of a database function that can be called again, and whether it is the reply to an earlier call. */
export interface Replayable<Reply> {
  readonly reply: Reply;
  readonly replayed: boolean;
}

/** Converts the one row that such a function returned. */
export function toReplayable<Row, Reply>(
  [row]: readonly Replayable<Row>[],
  toReply: (row: Row) => Reply,
): Replayable<Reply> {
  if (!row) throw new Error('the database function returned no row');
  return { reply: toReply(row.reply), replayed: row.replayed };
}

/** What identifies a repeated POST: the client's key and a hash of its request. */
export interface Idempotency {
  readonly key: string;
  readonly requestHash: Buffer;
}
