import type { Cancellation, CancelWish, PaymentWish, RecordedFact } from '#contracts/values/decision.ts';
import type { Database } from '../schema.ts';
import { cancel } from './decision.queries.ts';
import { cancelAsWished } from './facts.queries.ts';

/**
 * Undoes an order's payment or keeps it from being made, once, whatever happened before. Without a decision, the decision
 * becomes `cancelled`. A live hold is released. Of what was taken, as much goes back as the wish says.
 * @returns everything that payments did about the order, in its order
 * @throws on an outage, when orders did not sign the wish, and when the order was decided for another customer, amount or
 *   currency
 */
export async function cancelOrRelease(db: Database, wish: CancelWish): Promise<RecordedFact[]> {
  return cancelAsWished(db, wish);
}

/**
 * The same as orders signed it before there were holds: undoes an order's payment or keeps it from being made, once,
 * whatever happened before. Without a decision, the decision becomes `cancelled`. A completed one is refunded, of exactly
 * what was debited. A declined one stays as it is. Every repeat returns the same answer.
 * @throws on an outage, when orders did not sign the wish, and when the order was decided for another customer, amount or
 *   currency
 */
export async function cancelPayment(db: Database, wish: PaymentWish): Promise<Cancellation> {
  return cancel(db, wish);
}
