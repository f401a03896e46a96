import type { AuthorizeWish, CaptureWish, RecordedFact } from '#contracts/values/decision.ts';
import type { Database } from '../schema.ts';
import { authorize, capture } from './facts.queries.ts';

/**
 * Reserves the money of an order, or declines it, once. A repeat reserves nothing again, and tells what has become of the
 * hold meanwhile.
 * @returns the decision, then the end of the hold if it has ended
 * @throws on an outage, when orders did not sign the wish, and when the order was decided for another customer, amount or
 *   currency
 */
export async function authorizePayment(db: Database, wish: AuthorizeWish): Promise<RecordedFact[]> {
  return authorize(db, wish);
}

/**
 * Takes a part of a hold or all of it, and gives the rest back, in one transaction and once. A hold that was closed before
 * stays as it is.
 * @returns the decision, and the end of the hold
 * @throws on an outage, when orders did not sign the wish, and when the hold does not allow it
 */
export async function captureHold(db: Database, wish: CaptureWish): Promise<RecordedFact[]> {
  return capture(db, wish);
}
