import type { DecisionReply } from '#contracts/http/decisions-api.ts';
import type { Database } from '../schema.ts';
import { findDecision, findPostingsOfOrder } from './decision.queries.ts';

/** What was decided about one of the user's orders, and what was posted for it. */
export async function getDecision(db: Database, userId: string, orderId: string): Promise<DecisionReply> {
  const [decision, postings] = await Promise.all([
    findDecision(db, userId, orderId),
    findPostingsOfOrder(db, userId, orderId),
  ]);
  return { decision, postings };
}
