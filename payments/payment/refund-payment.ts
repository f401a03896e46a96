import type { RecordedFact, RefundWish } from '#contracts/values/decision.ts';
import type { Database } from '../schema.ts';
import { refund } from './facts.queries.ts';

/**
 * Gives back a part of what was taken for an order, once for each refund's id.
 * @returns the refund
 * @throws on an outage, when orders did not sign the wish, and when less is left of what was taken
 */
export async function refundPayment(db: Database, wish: RefundWish): Promise<RecordedFact> {
  const [made] = await refund(db, wish);
  if (!made) throw new Error('the database function returned no refund');
  return made;
}
