import type pg from 'pg';
import type { OutgoingMessage } from '#platform/kafka/connect.ts';
import { consume } from '#platform/kafka/consumer.ts';
import { outcomesTopic } from './events.ts';
import type { Outcome } from './events.ts';
import { kafkaOf, log } from './peer-settings.ts';
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
  const joined = Promise.withResolvers<void>();
  consume({
    ...kafkaOf(settings),
    groupId: `${settings.peer}.orders`,
    topics: [outcomesTopic(settings.peer)],
    onBatch: async (messages) =>
      applyOutcomes(
        db,
        messages.map(({ value }) => JSON.parse(String(value)) as Outcome),
      ),
    onState: (state) => {
      if (state.ready) joined.resolve();
      else log.warn(state, 'the consumer is not ready');
    },
    probe: async () => void (await db.query('select')),
  });
  await joined.promise;
}
