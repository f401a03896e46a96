import type { Kysely } from '#platform/postgres/database.ts';
import type { Submission } from '#tools/load/generate/submissions.ts';
import { checkRequests } from './check-requests.ts';
import type { RequestTallies } from './check-requests.ts';
import { tally } from './check-result.ts';
import type { CheckResult, Tally } from './check-result.ts';
import { findOrdersOf } from './submissions.queries.ts';
import type { OrderOfCustomer } from './submissions.queries.ts';

/**
 * Compares what a load recorded of its own requests with the orders of its customers. The record is the only witness that
 * no table can contradict. The customers are this load's alone, so an order that is not in the record is one too many.
 */
export async function checkSubmissions(
  orders: Kysely<unknown>,
  submissions: readonly Submission[],
): Promise<CheckResult[]> {
  const kept = tally({
    id: 'I7',
    title: 'Of this load: each acknowledged order, capture, cancel and refund is there, and was done',
    scope: 'load',
    things: 'acknowledged orders',
  });
  const once = tally({
    id: 'I9',
    title: 'Of this load: each order is there once, however often it was submitted',
    scope: 'load',
    things: 'submitted orders',
  });
  const refused = tally({
    id: 'I8',
    title: 'Of this load: no order, capture, cancel or refund that was refused is there',
    scope: 'load',
    things: 'refused requests',
  });
  const asPlanned = tally({
    id: 'I5',
    title:
      'Of this load: each order that its customer could afford was paid, or cancelled or captured as asked, and no other',
    scope: 'load',
    things: 'acknowledged orders',
  });
  const customers = new Set(submissions.map(({ order }) => order.userId));
  const stored = Map.groupBy(await findOrdersOf(orders, [...customers]), nameOf);
  for (const submission of submissions) {
    const rows = stored.get(nameOf(submission.order)) ?? [];
    checkOnce(submission, rows, once);
    if (submission.outcome.kind === 'refused') {
      refused.count();
      for (const { orderId } of rows) refused.breach(`order ${orderId} was refused, and is there`);
    }
    checkKept(submission, rows, { kept, once, refused, asPlanned });
    stored.delete(nameOf(submission.order));
  }
  for (const { orderId, userId } of [...stored.values()].flat()) {
    once.breach(`order ${orderId} of ${userId} was never submitted`);
  }
  return [kept, once, refused, asPlanned].map((one) => one.result()).filter(isRelevant);
}

/** Descriptions are numbered, so customer and description name one order. */
function nameOf({ userId, description }: { userId: string; description: string | null }): string {
  return `${userId} ${description}`;
}

function checkOnce({ order, outcome }: Submission, rows: readonly OrderOfCustomer[], once: Tally): void {
  once.count();
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

function checkKept(submission: Submission, rows: readonly OrderOfCustomer[], tallies: RequestTallies): void {
  const { order, outcome } = submission;
  const { kept, asPlanned } = tallies;
  if (outcome.kind !== 'acknowledged') return;
  const { orderId } = outcome.order;
  kept.count();
  asPlanned.count();
  const row = rows.find((one) => one.orderId === orderId);
  if (!row) {
    kept.breach(`order ${orderId} of ${order.userId} was acknowledged, and is not there`);
    return;
  }
  if (row.amount !== order.amount)
    kept.breach(`order ${orderId} over ${order.amount} became one over ${row.amount}`);
  if (row.status === 'created') kept.breach(`order ${orderId} was acknowledged, and is undecided`);
  else checkRequests(submission, row, tallies);
}

/** Most loads have no refused order, so that check may have checked nothing; for any other this is worth reporting. */
function isRelevant({ id, checked }: CheckResult): boolean {
  return id !== 'I8' || checked > 0;
}
