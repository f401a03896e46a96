import { sql } from 'kysely';
import type { QueryExecutorProvider } from 'kysely';
import type { CancelPayload } from '#contracts/values/decision.ts';

/** A hold whose end has come, as payments signed it. */
export interface HoldToEnd {
  readonly orderId: string;
  /** RFC 3339. */
  readonly captureBefore: string;
  readonly signature: string;
}

/** `early`: this database's clock has not come to the end. `asked`: a capture or a cancel was accepted before. */
export interface EndedHold {
  readonly state: 'expired' | 'early' | 'asked';
  /** By which payments releases it; null unless it is expired. */
  readonly wish: CancelPayload | null;
}

/**
 * Accepts that a hold has ended, unless a capture or a cancel of its order came first. From then on neither is accepted.
 * Calls `expire_order()` of schema.sql, which the role workflows may do too.
 * @throws on an outage, and when payments did not sign the hold
 */
export async function expireOrder(db: QueryExecutorProvider, hold: HoldToEnd): Promise<EndedHold> {
  const { orderId, captureBefore, signature } = hold;
  const { rows } = await sql<EndedHold>`
    select state, wish from expire_order(${orderId}, ${captureBefore}, ${signature})`.execute(db);
  const [row] = rows;
  if (!row) throw new Error('the database function returned no row');
  return row;
}
