import type pg from 'pg';
import type { OutgoingMessage } from '#platform/kafka/connect.ts';
import { consumeTopic } from './consume-topic.ts';
import { outcomesTopic } from './events.ts';
import type { Outcome } from './events.ts';
import type { PeerSettings } from './peer-settings.ts';

export function outcomeMessage(outcome: Outcome): OutgoingMessage {
  return { key: outcome.orderId, value: JSON.stringify(outcome) };
}

/** One statement and one commit. */
export async function applyOutcomes(db: pg.Pool, outcomes: readonly Outcome[]): Promise<void> {
  await db.query({
    name: 'apply_status',
    text: 'select apply_status(order_id, status) from unnest($1::uuid[], $2::text[]) as outcomes (order_id, status)',
    values: [outcomes.map(({ orderId }) => orderId), outcomes.map(({ status }) => status)],
  });
}

/** Consumes what payments report, and applies each batch by one statement. Resolves when it has joined its group. */
export async function consumeOutcomes(settings: PeerSettings, db: pg.Pool): Promise<void> {
  const handle = async (values: readonly string[]) =>
    applyOutcomes(
      db,
      values.map((value) => JSON.parse(value) as Outcome),
    );
  await consumeTopic(settings, { topic: outcomesTopic(settings.peer), db, handle });
}
