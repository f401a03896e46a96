import { sql } from 'kysely';
import type { OrderStatus } from '#contracts/values/order-status.ts';
import { cancelWorkflowId, paymentWorkflowId } from '#contracts/values/workflow-ids.ts';
import type { Database } from '../schema.ts';

/** An order's outbox row, with what the relay wrote to it. */
export interface OutboxRow {
  readonly kind: string;
  readonly traceparent: string;
  readonly attempts: number;
  readonly lastError: string | null;
  readonly runId: string | null;
  readonly startedEagerly: boolean | null;
  readonly dueAt: Date;
  readonly dispatchedAt: Date | null;
  readonly createdAt: Date;
}

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
  const { rows } = await sql<OutboxRow>`
    select kind, traceparent, attempts, last_error, run_id, started_eagerly, due_at, dispatched_at,
      created_at
    from outbox
    where workflow_id in (${paymentWorkflowId(orderId)}, ${cancelWorkflowId(orderId)}) order by outbox_id`.execute(
    db,
  );
  return rows;
}

export async function findEventRows(db: Database, orderId: string): Promise<EventRow[]> {
  const { rows } = await sql<EventRow>`
    select e.status, e.created_at, (e.detail ->> 'cancelRequested')::boolean as cancel_requested, i.event_id, i.topic_partition, i.topic_offset, i.received_at
    from order_events e left join inbox i on i.event_id = e.detail ->> 'eventId'
    where e.order_id = ${orderId} order by e.event_id`.execute(db);
  return rows;
}
