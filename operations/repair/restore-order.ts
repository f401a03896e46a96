import { toEvent, toFactPayload } from '#contracts/events/to-event.ts';
import { problems } from '#contracts/http/problems.ts';
import { findFacts } from '../reconcile/payments.queries.ts';
import type { ReconcileOptions } from '../reconcile/reconcile-page.ts';
import { insertRestoredOrder } from './actions.queries.ts';
import type { Operator } from './actions.queries.ts';

/**
 * Puts back an order that payments knows and orders does not, and reports to it what payments did. Orders believes what
 * payments signed, and nothing else. If Kafka is away, the events follow by reconciliation.
 * @returns false when orders has it
 * @throws Problem 404 `order_not_found` when payments has decided no such order
 */
export async function restoreOrder(
  { ordersDb, paymentsDb, publish, log }: ReconcileOptions,
  orderId: string,
  by: Operator,
): Promise<boolean> {
  const facts = (await findFacts(paymentsDb, [orderId])).map(toFactPayload);
  if (facts.length === 0) throw problems.orderNotFound();
  const isRestored = await insertRestoredOrder(ordersDb, facts, by);
  if (!isRestored) return false;
  log.warn({ orderId, ...by }, 'an operator put an order back');
  await publish(facts.map((fact) => toEvent(fact))).catch((error: unknown) => {
    log.warn({ err: error, orderId }, 'an order was put back, and its events could not be reported yet');
  });
  return true;
}
