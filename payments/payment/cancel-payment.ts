import type { Cancellation, PaymentWish } from '#contracts/values/decision.ts';
import type { Database } from '../schema.ts';
import { cancel } from './decision.queries.ts';

/**
 * Undoes an order's payment or keeps it from being made, once, whatever happened before. Without a decision, the decision
 * becomes `cancelled`. A completed one is refunded, of exactly what was debited. A declined one stays as it is. Every
 * repeat returns the same answer.
 * @throws on an outage, when orders did not sign the wish, and when the order was decided for another customer, amount or
 *   currency
 */
export async function cancelPayment(db: Database, wish: PaymentWish): Promise<Cancellation> {
  return cancel(db, wish);
}
