import { FIRST_ID } from '#contracts/values/ids.ts';
import { findExisting } from '#operations/reconcile/reconcile.queries.ts';
import type { Databases } from '#tools/load/databases.ts';
import { tally } from './check-result.ts';
import type { CheckResult, Tally } from './check-result.ts';
import { findDecisionsBetween, findOrdersAfter } from './compare-orders.queries.ts';
import type { DecisionRow, OrderRow } from './compare-orders.queries.ts';
import { describeState, stateByPayments, stateOfOrder } from './order-state.ts';
import { checkReport } from './read-reports.ts';
import type { Reports } from './read-reports.ts';

const PAGE = 5_000;

/**
 * I4 and I5: compares each order with its payment, its postings and its events on the topic, a page of ids at a time.
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
    title: 'What an order says of its payment is reported on payment-status.v1',
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
      if (decision) checkReport(order, decision, reports, reported);
    }
    await checkOrphans([...byOrder.values()], live, statuses);
    after = upTo ?? after;
  }
  return [amounts.result(), statuses.result(), reported.result()];
}

function compareStatus(order: OrderRow, decision: DecisionRow | undefined, statuses: Tally): void {
  if (decision) compareLedger(decision, statuses);
  for (const message of findUnasked(order, decision)) statuses.breach(message);
  // Its decision may be made and not yet applied. I7 bounds for how long.
  if (order.status === 'created') return;
  statuses.count();
  const { orderId } = order;
  const actual = stateOfOrder(order);
  const expected = decision && stateByPayments(decision);
  const [said, done] = [describeState(actual), expected ? describeState(expected) : 'undecided'];
  if (said !== done && !(decision && isUnderWay(order, decision))) {
    statuses.breach(`order ${orderId} is ${said}, and by what payments did it is ${done}`);
  }
  const made = order.refunds.filter(({ isMade }) => isMade).reduce((sum, { amount }) => sum + amount, 0);
  // Before there were refunds in parts, one had no row here.
  if (made !== order.refunded && !(order.status === 'refunded' && order.refunds.length === 0)) {
    statuses.breach(
      `order ${orderId} says that ${order.refunded} was refunded, and its refunds come to ${made}`,
    );
  }
  const end = decision?.captureBefore ?? null;
  if (order.captureBefore !== null && order.captureBefore.getTime() !== end?.getTime()) {
    statuses.breach(
      `order ${orderId} says that its hold ends at ${toText(order.captureBefore)}, not ${toText(end)}`,
    );
  }
}

/** Whether what an order does not say yet was asked for, so that its event may be under way. I7 bounds for how long. */
function isUnderWay(order: OrderRow, decision: DecisionRow): boolean {
  const actual = stateOfOrder(order);
  const expected = stateByPayments(decision);
  const { closedAt } = decision;
  const isNews = closedAt !== null && closedAt > order.readAt;
  if (actual.status === 'authorized') {
    if (expected.captured > 0) return order.captureRequestedAt !== null || isNews;
    return expected.status === 'cancelled' && (order.cancelRequestedAt !== null || isNews);
  }
  if (actual.status !== 'paid' || actual.captured !== expected.captured) return false;
  const isPending = order.cancelRequestedAt !== null || order.refunds.some(({ isMade }) => !isMade);
  return actual.refunded < expected.refunded && isPending;
}

/** What happened to an order and nobody asked for. */
function* findUnasked(order: OrderRow, decision: DecisionRow | undefined): Generator<string> {
  const { orderId, status, captured, refunds, cancelRequestedAt, captureRequestedAt, captureRequested } =
    order;
  const isCancelled =
    status === 'cancelled' || refunds.some(({ refundId, isMade }) => isMade && refundId === orderId);
  if ((isCancelled || (status === 'refunded' && refunds.length === 0)) && cancelRequestedAt === null) {
    yield `order ${orderId} is ${status}, and nobody asked to cancel it`;
  }
  for (const { refundId } of refunds.filter(({ isUnasked }) => isUnasked)) {
    yield `refund ${refundId} of order ${orderId} was made, and nobody had asked for it`;
  }
  if (captured > 0 && order.captureMethod === 'manual') {
    if (captureRequestedAt === null)
      yield `${captured} of order ${orderId} was captured, and nobody asked for it`;
    else if (captureRequested !== captured) {
      yield `${captured} of order ${orderId} was captured, and ${captureRequested} was asked for`;
    }
  }
  const { captureBefore = null, closedAt = null, releaseReason } = decision ?? {};
  if (captureBefore === null) return;
  if (captureRequestedAt !== null && captureRequestedAt >= captureBefore) {
    yield `the capture of order ${orderId} was accepted at ${toText(captureRequestedAt)}, after the end of its hold`;
  }
  if (closedAt !== null && releaseReason === 'expired' && closedAt < captureBefore) {
    yield `the hold of order ${orderId} was released as expired at ${toText(closedAt)}, before its end`;
  }
}

function toText(time: Date | null): string {
  return time?.toISOString() ?? 'never';
}

function compareLedger(decision: DecisionRow, statuses: Tally): void {
  const { orderId, outcome, postings, debited, reserved, holdAmount, refunds } = decision;
  if (outcome === 'completed' && debited === 0n) {
    statuses.breach(`order ${orderId} was decided as completed, and nothing was debited`);
  }
  if (outcome === 'authorized' && (reserved === 0n || holdAmount === null)) {
    statuses.breach(`order ${orderId} was authorized, and nothing was held`);
  }
  if (outcome === 'completed' && holdAmount !== null) {
    statuses.breach(`order ${orderId} was decided as completed, and has a hold`);
  }
  if (outcome === 'declined' && (postings > 0 || holdAmount !== null || refunds.length > 0)) {
    statuses.breach(`order ${orderId} was declined, and has ${postings} postings, a hold or a refund`);
  }
}

function compareAmounts(decision: DecisionRow, order: OrderRow, amounts: Tally): void {
  const { orderId, amount, debited, sold, reserved, held, holdAmount, ofOtherAccounts } = decision;
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
  if (reserved !== held || (reserved !== 0n && reserved !== order.amount)) {
    amounts.breach(`order ${orderId} over ${order.amount} took ${reserved}, and ${held} was held`);
  }
  if (holdAmount !== null && holdAmount !== order.amount) {
    amounts.breach(`order ${orderId} is over ${order.amount}, and its hold over ${holdAmount}`);
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
