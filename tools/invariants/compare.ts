import { FIRST_ID } from '#contracts/values/ids.ts';
import type { Databases } from '#tools/load/databases.ts';
import { findDecisionsBetween, findExisting, findOrdersAfter } from './compare.queries.ts';
import type { DecisionRow, OrderRow } from './compare.queries.ts';
import { tally } from './finding.ts';
import type { Finding, Tally } from './finding.ts';
import { checkReport } from './reports.ts';
import type { Reports } from './reports.ts';

const PAGE = 5_000;

/**
 * I4 and I5: holds every order, decision and report against each other, a page of order ids at a time.
 * @param snapshots as of one moment, for all pages
 * @param live the orders database now: a decision may be of an order that was placed after the snapshot
 */
export async function compareOrdersWithLedger(
  snapshots: Databases,
  live: Databases['orders'],
  reports: Reports,
): Promise<Finding[]> {
  const amounts = tally({
    id: 'I4',
    says: 'A debit is of the order’s amount, from its customer’s account; a refund is of what was debited',
    things: 'decisions',
  });
  const statuses = tally({ id: 'I5', says: 'Order status = decision = ledger', things: 'decided orders' });
  const reported = tally({
    id: 'I5',
    says: 'What decided an order is reported on payment-status.v1',
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
  return [amounts.finding(), statuses.finding(), reported.finding()];
}

function compareStatus(order: OrderRow, decision: DecisionRow | undefined, statuses: Tally): void {
  if (decision) compareLedger(decision, statuses);
  // Its decision may be made and not yet applied. I7 is about how long.
  if (order.status === 'created') return;
  statuses.look();
  const expected = decision ? statusOf(decision) : 'undecided';
  const actual = order.status === 'failed' ? `failed (${order.failureReason})` : order.status;
  const refundUnderWay = expected === 'refunded' && actual === 'paid' && order.cancelRequestedAt !== null;
  if (actual !== expected && !refundUnderWay) {
    statuses.breach(`order ${order.orderId} is ${actual}, and payments says ${expected}`);
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
  const { orderId, amount, debited, sold, refunded, returned, strangers } = decision;
  amounts.look();
  if (decision.userId !== order.userId) {
    amounts.breach(`order ${orderId} is of ${order.userId}, and was decided for ${decision.userId}`);
  }
  if (amount !== order.amount || decision.currency !== order.currency) {
    const asked = `${order.amount} ${order.currency}`;
    amounts.breach(`order ${orderId} is over ${asked}, and was decided over ${amount} ${decision.currency}`);
  }
  if (strangers > 0) amounts.breach(`order ${orderId} moved the money of another account`);
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
