import type { QueryExecutorProvider } from 'kysely';
import { beforeAllSince, FIRST_ID } from '#contracts/values/ids.ts';
import type { AuditedInvariantId } from '#contracts/values/invariants.ts';
import { comparePage } from '../reconcile/compare-page.ts';
import type { Compared } from '../reconcile/compare-page.ts';
import type { Verdict } from '../reconcile/verdict.ts';
import { findDecidedTwice } from './orders.queries.ts';
import { uuidBefore } from './scan.ts';
import type { Breach, Walk } from './scan.ts';

/** In ms: orders of the last seconds are the newest. A thousand are 50 a second. */
const NEW = 20_000;

/** Which invariant is broken by what the comparison of an order can find. */
const INVARIANT_OF: Record<Exclude<Verdict['kind'], 'ok' | 'waiting'>, AuditedInvariantId> = {
  double_debit: 'I3',
  wrong_amount: 'I4',
  wrong_account: 'I4',
  refund_mismatch: 'I4',
  order_unknown: 'I5',
  decision_missing: 'I5',
  wrong_status: 'I5',
  debit_missing: 'I5',
  debit_of_declined: 'I5',
  event_lost: 'I5',
};

/**
 * I3 to I6 along the orders: each is held against its decision and its postings as reconciliation does it, and its
 * decision was applied once.
 * @param patience how long an event may be under way before it counts as lost, in ms
 */
export function walkOrders(
  databases: { ordersDb: QueryExecutorProvider; paymentsDb: QueryExecutorProvider },
  patience: () => number,
): Walk {
  return {
    start: FIRST_ID,
    before: uuidBefore,
    newest: async () => beforeAllSince(new Date(Date.now() - NEW)),
    async look(after) {
      const { compared, next } = await comparePage(databases, after, patience());
      const upTo =
        next ??
        compared
          .map(({ orderId }) => orderId)
          .toSorted()
          .at(-1);
      const twice = upTo === undefined ? [] : await findDecidedTwice(databases.ordersDb, { after, upTo });
      const decided = compared.filter(({ decided: decision }) => decision).length;
      return {
        upTo: next,
        counts: { I3: decided, I4: decided, I5: compared.length, I6: compared.length },
        breaches: [
          ...compared.flatMap(toBreach),
          ...twice.map(({ orderId, times }) => ({
            invariant: 'I6' as const,
            key: orderId,
            says: `Order ${orderId} was decided ${times} times.`,
          })),
        ],
      };
    },
  };
}

function toBreach({ orderId, verdict }: Compared): Breach[] {
  if (!('detail' in verdict)) return [];
  const says = `Order ${orderId}: ${verdict.detail}.`;
  return [{ invariant: INVARIANT_OF[verdict.kind], key: orderId, says }];
}
