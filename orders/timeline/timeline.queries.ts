import { sql } from 'kysely';
import type { Selectable } from 'kysely';
import type { OrderStatus } from '#contracts/values/order-status.ts';
import { cancelWorkflowId, paymentWorkflowId } from '#contracts/values/workflow-ids.ts';
import type { Database, OrdersTables } from '../schema.ts';

const OUTBOX_COLUMNS = [
  'kind',
  'traceparent',
  'attempts',
  'lastError',
  'runId',
  'startedEagerly',
  'dueAt',
  'dispatchedAt',
  'createdAt',
] as const;

/** An order's outbox row, with what the relay wrote to it. */
export type OutboxRow = Pick<Selectable<OrdersTables['outbox']>, (typeof OUTBOX_COLUMNS)[number]>;

/** A change of an order. If a payment event caused it, also the event's position in Kafka and when it was received. */
export interface EventRow {
  readonly status: OrderStatus;
  readonly createdAt: Date;
  readonly cancelRequested: boolean | null;
  readonly eventId: string | null;
  readonly topicPartition: number | null;
  readonly topicOffset: bigint | null;
  readonly receivedAt: Date | null;
}

export async function findOutboxRows(db: Database, orderId: string): Promise<OutboxRow[]> {
  return db
    .selectFrom('outbox')
    .select(OUTBOX_COLUMNS)
    .where('workflowId', 'in', [paymentWorkflowId(orderId), cancelWorkflowId(orderId)])
    .orderBy('outboxId')
    .execute();
}

export async function findEventRows(db: Database, orderId: string): Promise<EventRow[]> {
  const { rows } = await sql<EventRow>`
    select e.status, e.created_at, (e.detail ->> 'cancelRequested')::boolean as cancel_requested, i.event_id, i.topic_partition, i.topic_offset, i.received_at
    from order_events e left join inbox i on i.event_id = e.detail ->> 'eventId'
    where e.order_id = ${orderId} order by e.event_id`.execute(db);
  return rows;
}
