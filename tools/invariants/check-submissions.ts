import type { Kysely } from '#platform/postgres/database.ts';
import type { PlannedOrder } from '#tools/load/generate/plan-orders.ts';
import type { CancelOutcome, Submission } from '#tools/load/generate/submissions.ts';
import { tally } from './finding.ts';
import type { Finding, Tally } from './finding.ts';
import { findOrdersOf } from './submissions.queries.ts';
import type { OrderOfCustomer } from './submissions.queries.ts';

/**
 * Holds a load's own history, the only witness that no table can contradict, against the orders of its customers, who
 * are this load's alone: an order that is not in the history is one too many.
 */
export async function checkHistory(
  orders: Kysely<unknown>,
  history: readonly Submission[],
): Promise<Finding[]> {
  const kept = tally({
    id: 'I7',
    says: 'Of this load: what was acknowledged, orders and cancels, is there, and was done',
    things: 'acknowledged orders',
  });
  const once = tally({
    id: 'I9',
    says: 'Of this load: each order is there once, however often it was submitted',
    things: 'submitted orders',
  });
  const refused = tally({
    id: 'I8',
    says: 'Of this load: what was refused is not there',
    things: 'refused orders',
  });
  const asPlanned = tally({
    id: 'I5',
    says: 'Of this load: what the customer could afford was paid or cancelled as he asked, and nothing else',
    things: 'acknowledged orders',
  });
  const customers = new Set(history.map(({ order }) => order.userId));
  const found = Map.groupBy(await findOrdersOf(orders, [...customers]), nameOf);
  for (const submission of history) {
    const rows = found.get(nameOf(submission.order)) ?? [];
    checkOnce(submission, rows, once);
    if (submission.outcome.kind === 'refused') {
      refused.look();
      for (const { orderId } of rows) refused.breach(`order ${orderId} was refused, and is there`);
    }
    checkKept(submission, rows, { kept, asPlanned });
    found.delete(nameOf(submission.order));
  }
  for (const { orderId, userId } of [...found.values()].flat()) {
    once.breach(`order ${orderId} of ${userId} was never submitted`);
  }
  return [kept, once, refused, asPlanned].map((one) => one.finding()).filter(isWorthSaying);
}

/** Descriptions are numbered, so a customer's order is told by its own. */
function nameOf({ userId, description }: { userId: string; description: string | null }): string {
  return `${userId} ${description}`;
}

function checkOnce({ order, outcome }: Submission, rows: readonly OrderOfCustomer[], once: Tally): void {
  once.look();
  if (rows.length > 1) once.breach(`the key ${order.idempotencyKey} made ${rows.length} orders`);
  if (outcome.kind !== 'acknowledged') return;
  if (outcome.orderIds.length > 1) {
    once.breach(
      `the key ${order.idempotencyKey} was answered with the orders ${outcome.orderIds.join(' and ')}`,
    );
  }
  for (const { status, code } of outcome.refusals) {
    once.breach(
      `the key ${order.idempotencyKey} was acknowledged once and refused once, with ${status} ${code}`,
    );
  }
}

function checkKept(
  { order, outcome, cancel }: Submission,
  rows: readonly OrderOfCustomer[],
  { kept, asPlanned }: { kept: Tally; asPlanned: Tally },
): void {
  if (outcome.kind !== 'acknowledged') return;
  const { orderId } = outcome.order;
  kept.look();
  asPlanned.look();
  const row = rows.find((one) => one.orderId === orderId);
  if (!row) {
    kept.breach(`order ${orderId} of ${order.userId} was acknowledged, and is not there`);
    return;
  }
  if (row.amount !== order.amount)
    kept.breach(`order ${orderId} over ${order.amount} became one over ${row.amount}`);
  if (row.status === 'created') kept.breach(`order ${orderId} was acknowledged, and is undecided`);
  const end = row.failureReason ?? row.status;
  if (cancel?.kind === 'acknowledged' && end === 'paid') {
    kept.breach(`the cancel of order ${orderId} was acknowledged, and it is paid`);
  } else if (row.status !== 'created' && !endsOf(order, cancel).includes(end)) {
    const could = order.beyondBalance ? 'could not' : 'could';
    const asked = cancel ? `, and a cancel that was ${cancel.kind}` : '';
    asPlanned.breach(`order ${orderId} is ${end}, and its customer ${could} afford it${asked}`);
  }
}

/** The statuses that an order may end in. A cancel that was refused has left no trace; one without an answer may have. */
function endsOf({ beyondBalance }: PlannedOrder, cancel: CancelOutcome | undefined): string[] {
  const uncancelled = beyondBalance ? ['insufficient_funds'] : ['paid'];
  const cancelled = beyondBalance ? ['cancelled', 'insufficient_funds'] : ['cancelled', 'refunded'];
  if (!cancel || cancel.kind === 'refused') return uncancelled;
  return cancel.kind === 'acknowledged' ? cancelled : [...uncancelled, ...cancelled];
}

/** A load in which nothing was refused leaves nothing to say of refusals; any other check must say if it saw nothing. */
function isWorthSaying({ id, lookedAt }: Finding): boolean {
  return id !== 'I8' || lookedAt > 0;
}
