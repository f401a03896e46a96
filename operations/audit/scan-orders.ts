import { FIRST_ID } from '#contracts/values/ids.ts';
import type { AuditedInvariantId } from '#contracts/values/invariants.ts';
import type { Kysely } from '#platform/postgres/database.ts';
import { comparePage } from '../reconcile/compare-page.ts';
import type { ComparedOrder } from '../reconcile/compare-page.ts';
import type { ComparisonResult } from '../reconcile/comparison-result.ts';
import { findIdOfAge } from '../reconcile/reconcile.queries.ts';
import type { OrdersViews, PaymentsViews } from '../schema.ts';
import type { GracePeriod } from './grace-period.ts';
import { findDecidedTwice } from './orders.queries.ts';
import { previousUuid } from './scan.ts';
import type { Breach, Scan } from './scan.ts';

/** In ms: the newest page begins with the orders of this time. At 50 orders a second they fill it. */
const NEW = 20_000;

/** Which invariant each finding of the comparison breaks. */
const BROKEN_INVARIANT: Record<Exclude<ComparisonResult['kind'], 'ok' | 'waiting'>, AuditedInvariantId> = {
  double_debit: 'I3',
  double_refund: 'I3',
  wrong_amount: 'I4',
  wrong_account: 'I4',
  refund_mismatch: 'I5',
  cancel_unasked: 'I5',
  capture_unasked: 'I5',
  refund_unasked: 'I5',
  order_unknown: 'I5',
  decision_missing: 'I5',
  wrong_status: 'I5',
  debit_missing: 'I5',
  debit_of_declined: 'I5',
  event_lost: 'I5',
  hold_mismatch: 'I14',
  refund_above_captured: 'I15',
};

/**
 * I3 to I6, I14 and I15: compares each order with its payment and the ledger, as reconciliation does, and checks that one
 * decision was applied to it. An event counts as lost after the grace period.
 */
export function scanOrders(
  databases: { ordersDb: Kysely<OrdersViews>; paymentsDb: Kysely<PaymentsViews> },
  gracePeriod: GracePeriod,
): Scan {
  return {
    name: 'orders',
    invariants: ['I3', 'I4', 'I5', 'I6', 'I14', 'I15'],
    start: FIRST_ID,
    previous: previousUuid,
    newest: async () => findIdOfAge(databases.ordersDb, NEW),
    async checkPage(after) {
      const { compared, next } = await comparePage(databases, after, gracePeriod.seconds() * 1000);
      const last = next ?? lastOf(compared.map(({ orderId }) => orderId));
      const twice =
        last === undefined ? [] : await findDecidedTwice(databases.ordersDb, { after, upTo: last });
      const payments = compared.flatMap(({ payment }) => payment ?? []);
      const decided = payments.length;
      return {
        upTo: next,
        checked: {
          I3: decided,
          I4: decided,
          I5: compared.length,
          I6: compared.length,
          I14: payments.filter(({ hold }) => hold).length,
          I15: payments.filter(({ refunds }) => refunds.length > 0).length,
        },
        breaches: [
          ...compared.flatMap(toBreach),
          ...twice.map(({ orderId, times }) => ({
            id: 'I6' as const,
            key: orderId,
            message: `Order ${orderId} was decided ${times} times.`,
          })),
        ],
      };
    },
  };
}

function lastOf(orderIds: readonly string[]): string | undefined {
  return orderIds.toSorted().at(-1);
}

function toBreach({ orderId, result }: ComparedOrder): Breach[] {
  if (!('detail' in result)) return [];
  return [
    { id: BROKEN_INVARIANT[result.kind], key: orderId, message: `Order ${orderId}: ${result.detail}.` },
  ];
}
