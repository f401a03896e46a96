import { coalesce, inBackground } from '@gozon/timing';
import type { WakeUp } from '@gozon/timing';
import type { QueryExecutorProvider } from 'kysely';
import { claimDueRows, FROM_THE_FIRST } from '#packages/temporal-outbox/src/claim.queries.ts';
import type { ClaimedRow } from '#packages/temporal-outbox/src/claim.queries.ts';
import { setDispatched } from '#packages/temporal-outbox/src/outbox.queries.ts';
import type { DispatchedRow } from '#packages/temporal-outbox/src/outbox.queries.ts';
import type { OrderToPay, PaymentActivities } from '#workflows/payment/activities.ts';

const AT_ONCE = 64;
const LEASE = 10_000;
const POLL = 1_000;
/** Without a bound for each key. */
const CLAIM = {
  kinds: ['pay'],
  lease: LEASE,
  keys: { mostOfKey: AT_ONCE, inFlight: new Map<string, number>() },
  from: FROM_THE_FIRST,
};

/**
 * The least that pays orders without Temporal: whatever is due in the outbox is debited, reported and marked, under the
 * same lease, by the same activities and as many at a time. What fails falls due again with its lease; it has no
 * history, no schedule of retries and no further step.
 */
export function payWithoutTemporal(
  db: QueryExecutorProvider,
  activities: PaymentActivities,
  wakeUp: WakeUp,
): AsyncDisposable {
  return inBackground(async (signal) => {
    const mark = coalesce<DispatchedRow>(async (rows) => setDispatched(db, rows));
    const underWay = new Set<Promise<void>>();
    while (!signal.aborted) {
      const limit = AT_ONCE - underWay.size;
      const { rows } = await claimDueRows(db, { ...CLAIM, limit });
      for (const row of rows) {
        const paid = pay(row, activities, mark).finally(() => underWay.delete(paid));
        underWay.add(paid);
      }
      if (underWay.size === AT_ONCE) await Promise.race(underWay);
      else if (rows.length < limit) await wakeUp.wait(POLL, signal);
    }
    await Promise.all(underWay);
  });
}

async function pay(
  row: ClaimedRow,
  activities: PaymentActivities,
  mark: (row: DispatchedRow) => Promise<void>,
): Promise<void> {
  const { outboxId, traceparent } = row;
  const order = { ...(row.payload as Omit<OrderToPay, 'traceparent'>), traceparent };
  const decision = await activities.debit(order);
  await activities.report({ decision, traceparent });
  await mark({ outboxId, sweeps: row.sweeps, runId: null, startedEagerly: null });
}
