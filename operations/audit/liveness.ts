import type { AuditedInvariantId } from '#contracts/values/invariants.ts';
import type { Kysely } from '#platform/postgres/database.ts';
import type { OrdersViews, PaymentsViews } from '../schema.ts';
import type { Check } from './check.ts';
import type { GracePeriod } from './grace-period.ts';
import { findLiveAfterEnd } from './ledger.queries.ts';
import {
  findUncancelled,
  findUncaptured,
  findUndecided,
  findUndispatched,
  findUnrefunded,
} from './orders.queries.ts';

/** Work that should have been done by now. */
interface LateWork {
  /** For how long it has been waiting. */
  readonly seconds: number;
  readonly message: string;
}

/** In s: work that waits for longer is late, though the grace period may excuse it. */
const LATE = 60;
/** Late rows that are counted. */
const LIMIT = 1_000;

/** I7: orders that stay undecided, and captures, cancels and refunds that stay unfinished. */
export function createUndecidedCheck(orders: Kysely<OrdersViews>, gracePeriod: GracePeriod): Check {
  return createLivenessCheck('undecided orders', 'I7', gracePeriod, async () => [
    ...toLateWork('has been undecided', await findUndecided(orders, LATE, LIMIT)),
    ...toLateWork('has been waiting for its capture', await findUncaptured(orders, LATE, LIMIT)),
    ...toLateWork('has been waiting for its cancel', await findUncancelled(orders, LATE, LIMIT)),
    ...toLateWork('has been waiting for a refund', await findUnrefunded(orders, LATE, LIMIT)),
  ]);
}

/** I16: holds that stay live after their end. */
export function createOverdueHoldsCheck(payments: Kysely<PaymentsViews>, gracePeriod: GracePeriod): Check {
  return createLivenessCheck('overdue holds', 'I16', gracePeriod, async () =>
    toLateWork('has been held beyond its end', await findLiveAfterEnd(payments, LATE, LIMIT)),
  );
}

function toLateWork(
  state: string,
  rows: readonly { readonly orderId: string; readonly seconds: number }[],
): LateWork[] {
  return rows.map(({ orderId, seconds }) => ({
    seconds,
    message: `Order ${orderId} ${state} for ${Math.round(seconds)} s.`,
  }));
}

/**
 * I10: outbox rows that stay undispatched, since this process first saw them. Their own times do not tell: a row that is
 * sent again was written long before, and a row that is claimed is due later.
 */
export function createOutboxCheck(orders: Kysely<OrdersViews>, gracePeriod: GracePeriod): Check {
  let firstSeen = new Map<bigint, number>();
  return createLivenessCheck('the outbox', 'I10', gracePeriod, async () => {
    const rows = await findUndispatched(orders, LIMIT);
    const now = performance.now();
    firstSeen = new Map(rows.map(({ outboxId }) => [outboxId, firstSeen.get(outboxId) ?? now]));
    return rows
      .map(({ outboxId, workflowId, attempts }) => {
        const seconds = (now - (firstSeen.get(outboxId) ?? now)) / 1000;
        const since = `has been waiting for ${Math.round(seconds)} s, after ${attempts} failed attempts`;
        return { seconds, message: `The outbox row of workflow ${workflowId} ${since}.` };
      })
      .filter(({ seconds }) => seconds > LATE)
      .toSorted((a, b) => b.seconds - a.seconds);
  });
}

/** A check that sees all late work each time. */
function createLivenessCheck(
  name: string,
  id: AuditedInvariantId,
  gracePeriod: GracePeriod,
  findLateWork: () => Promise<LateWork[]>,
): Check {
  let checked = 0;
  let checkedAt: Date | undefined;
  let late: readonly LateWork[] = [];
  return {
    name,
    async run() {
      late = await findLateWork();
      checked += 1;
      checkedAt = new Date();
    },
    results() {
      const grace = gracePeriod.seconds();
      const breaches = late.filter(({ seconds }) => seconds > grace).map(({ message }) => message);
      const waiting = late.filter(({ seconds }) => seconds <= grace).map(({ message }) => message);
      return [{ id, checked, checkedAt, breaches, waiting, fullPassAt: undefined }];
    },
  };
}
