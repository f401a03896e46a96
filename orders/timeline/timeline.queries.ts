import { sql } from 'kysely';
import type { Selectable } from 'kysely';
import type { OrderStatus } from '#contracts/values/order-status.ts';
import { cancelWorkflowId, paymentWorkflowId, WORKFLOW_ID_PREFIX } from '#contracts/values/workflow-ids.ts';
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

/** Of an order with many refunds, a timeline tells of the newest. */
const MOST_REFUNDS = 30;
const MOST_EVENTS = 60;
const MOST_ACTIONS = 30;

/** An order's outbox row, with what the relay wrote to it. */
export interface OutboxRow extends Pick<Selectable<OrdersTables['outbox']>, (typeof OUTBOX_COLUMNS)[number]> {
  /** How much is to be captured or refunded. */
  readonly amount: bigint | null;
}

/** A change of an order. If a payment event caused it, also the event's position in Kafka and when it was received. */
export interface EventRow {
  readonly status: OrderStatus;
  readonly createdAt: Date;
  readonly cancelRequested: boolean | null;
  readonly captureRequested: boolean | null;
  /** The hold has ended, and orders accepts no capture any more. */
  readonly expired: boolean | null;
  readonly from: OrderStatus | null;
  readonly amountRefunded: bigint | null;
  readonly eventId: string | null;
  readonly topicPartition: number | null;
  readonly topicOffset: bigint | null;
  readonly receivedAt: Date | null;
}

/** A refund that was accepted. */
export type RefundRow = Pick<Selectable<OrdersTables['refunds']>, 'refundId' | 'amount'>;

/** The newest comes first. */
export async function findRefundRows(db: Database, orderId: string): Promise<RefundRow[]> {
  return db
    .selectFrom('refunds')
    .select(['refundId', 'amount'])
    .where('orderId', '=', orderId)
    .orderBy('createdAt', 'desc')
    .limit(MOST_REFUNDS)
    .execute();
}

export async function findOutboxRows(db: Database, orderId: string): Promise<OutboxRow[]> {
  const ofRefunds = sql<string>`any (array(
    select ${sql.lit(WORKFLOW_ID_PREFIX.refund)} || refund_id from refunds
    where order_id = ${orderId} order by created_at desc limit ${sql.lit(MOST_REFUNDS)}))`;
  const amount = sql<bigint | null>`coalesce(payload #>> '{capture,amount}', payload ->> 'refund')::bigint`;
  return db
    .selectFrom('outbox')
    .select([...OUTBOX_COLUMNS, amount.as('amount')])
    .where((row) =>
      row.or([
        row('workflowId', 'in', [paymentWorkflowId(orderId), cancelWorkflowId(orderId)]),
        row('workflowId', '=', ofRefunds),
      ]),
    )
    .orderBy('outboxId')
    .execute();
}

/** What operators did to an order. */
export type ActionRow = Pick<
  Selectable<OrdersTables['operatorActions']>,
  'at' | 'action' | 'actor' | 'reason' | 'detail'
>;

/** The newest of them. */
export async function findActionRows(db: Database, orderId: string): Promise<ActionRow[]> {
  return db
    .selectFrom('operatorActions')
    .select(['at', 'action', 'actor', 'reason', 'detail'])
    .where('orderId', '=', orderId)
    .orderBy('actionId', 'desc')
    .limit(MOST_ACTIONS)
    .execute();
}

/** The first comes first. */
export async function findEventRows(db: Database, orderId: string): Promise<EventRow[]> {
  const { rows } = await sql<EventRow>`
    select e.status, e.created_at, (e.detail ->> 'cancelRequested')::boolean as cancel_requested,
           (e.detail ->> 'captureRequested')::boolean as capture_requested, (e.detail ->> 'expired')::boolean as expired,
           e.detail ->> 'from' as "from", (e.detail ->> 'amountRefunded')::bigint as amount_refunded,
           i.event_id, i.topic_partition, i.topic_offset, i.received_at
    from order_events e left join inbox i on i.event_id = e.detail ->> 'eventId'
    where e.order_id = ${orderId} order by e.event_id desc limit ${sql.lit(MOST_EVENTS)}`.execute(db);
  return rows.toReversed();
}
