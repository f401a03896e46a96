import { FIRST_ID } from '#contracts/values/ids.ts';
import { findExisting } from '#operations/reconcile/reconcile.queries.ts';
import type { Databases } from '#tools/load/databases.ts';
import { tally } from './check-result.ts';
import type { CheckResult, Tally } from './check-result.ts';
import { findDecisionsBetween, findOrdersAfter } from './compare-orders.queries.ts';
import type { DecisionRow, OrderRow } from './compare-orders.queries.ts';
import { checkReport } from './read-reports.ts';
import type { Reports } from './read-reports.ts';

const PAGE = 5_000;

/**
 * I4 and I5: compares each order with its decision, its postings and its event on the topic, a page of ids at a time.
 * operations/reconcile compares orders too: checkInvariants says why this is not that code.
 * @param snapshots of one moment, for all pages
 * @param live the orders database now: a decision may be about an order that was placed after the snapshot
 */
export async function compareOrders(
  snapshots: Databases,
  live: Databases['orders'],
  reports: Reports,
): Promise<CheckResult[]> {
  const amounts = tally({ id: 'I4', things: 'decisions' });
  const statuses = tally({ id: 'I5', things: 'decided orders' });
  const reported = tally({
    id: 'I5',
    title: 'What decided an order is reported on payment-status.v1',
    things: 'decided orders',
  });
  for (let after = FIRST_ID, more = true; more;) {
    const orders = await findOrdersAfter(snapshots.orders, after, PAGE);
    const upTo = orders.at(-1)?.orderId;
    more = orders.length === PAGE;
    const decisions = await findDecisionsBetween(snapshots.payments, after, more ? upTo : undefined);
    const byOrder = new Map(decisions.map((decision) => [decision.orderId, decision]));
    for (const order of orders) {
      const decision = byOrder.get(order.orderId);
      if (decision) byOrder.delete(order.orderId);
      compareStatus(order, decision, statuses);
      if (decision) compareAmounts(decision, order, amounts);
      checkReport(order, reports, reported);
    }
    await checkOrphans([...byOrder.values()], live, statuses);
    after = upTo ?? after;
  }
  return [amounts.result(), statuses.result(), reported.result()];
}

function compareStatus(order: OrderRow, decision: DecisionRow | undefined, statuses: Tally): void {
  if (decision) compareLedger(decision, statuses);
  // Its decision may be made and not yet applied. I7 bounds for how long.
  if (order.status === 'created') return;
  statuses.count();
  const expected = decision ? statusOf(decision) : 'undecided';
  const actual = order.status === 'failed' ? `failed (${order.failureReason})` : order.status;
  const refundPending = expected === 'refunded' && actual === 'paid' && order.cancelRequestedAt !== null;
  if (actual !== expected && !refundPending) {
    statuses.breach(`order ${order.orderId} is ${actual}, and by its decision it is ${expected}`);
  }
  if ((actual === 'refunded' || actual === 'cancelled') && order.cancelRequestedAt === null) {
    statuses.breach(`order ${order.orderId} is ${actual}, and nobody asked to cancel it`);
  }
}

function statusOf({ outcome, reason, refunded }: DecisionRow): string {
  if (outcome === 'completed') return refunded === 0n ? 'paid' : 'refunded';
  return reason === 'cancelled' ? 'cancelled' : `failed (${reason})`;
}

function compareLedger({ orderId, outcome, postings, debited }: DecisionRow, statuses: Tally): void {
  if (outcome === 'completed' && debited === 0n) {
    statuses.breach(`order ${orderId} was decided as completed, and nothing was debited`);
  }
  if (outcome === 'declined' && postings > 0) {
    statuses.breach(`order ${orderId} was declined, and has ${postings} postings`);
  }
}

function compareAmounts(decision: DecisionRow, order: OrderRow, amounts: Tally): void {
  const { orderId, amount, debited, sold, refunded, returned, ofOtherAccounts } = decision;
  amounts.count();
  if (decision.userId !== order.userId) {
    amounts.breach(
      `order ${orderId} belongs to ${order.userId}, and its decision is about ${decision.userId}`,
    );
  }
  if (amount !== order.amount || decision.currency !== order.currency) {
    const asked = `${order.amount} ${order.currency}`;
    amounts.breach(
      `order ${orderId} is over ${asked}, and its decision is over ${amount} ${decision.currency}`,
    );
  }
  if (ofOtherAccounts > 0) amounts.breach(`order ${orderId} moved the money of another account`);
  if (debited !== sold || (debited !== 0n && debited !== order.amount)) {
    amounts.breach(`order ${orderId} over ${order.amount} debited ${debited}, and sales got ${sold}`);
  }
  if (refunded !== returned || (refunded !== 0n && refunded !== debited)) {
    amounts.breach(
      `order ${orderId} debited ${debited} and refunded ${refunded}, of which sales gave ${returned}`,
    );
  }
}

async function checkOrphans(
  decisions: readonly DecisionRow[],
  live: Databases['orders'],
  statuses: Tally,
): Promise<void> {
  if (decisions.length === 0) return;
  const existing = new Set(
    await findExisting(
      live,
      decisions.map(({ orderId }) => orderId),
    ),
  );
  for (const { orderId, outcome } of decisions) {
    if (!existing.has(orderId)) statuses.breach(`payments ${outcome} order ${orderId}, which does not exist`);
  }
}
