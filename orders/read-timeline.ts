import type { TimelineEntry, TimelineReply } from '#contracts/orders-api.ts';
import type { DecisionReply } from '#contracts/decisions-api.ts';
import { PAYMENT_STATUS_TOPIC } from '#contracts/payment-events.ts';
import type { Kysely } from '#platform/database.ts';
import type { Logger } from '#platform/logger.ts';
import type { AskPayments } from './ask-payments.ts';
import { getOrder } from './find-orders.ts';
import type { OrdersTables } from './schema.ts';
import { findEventRows, findOutboxRows } from './timeline.queries.ts';
import type { EventRow, OutboxRow } from './timeline.queries.ts';

/**
 * Everything that happened to one order, in time. A part that cannot be asked now is named in `missing`.
 * @throws Problem 404 `order_not_found`
 */
export async function readTimeline(
  deps: { db: Kysely<OrdersTables>; askPayments: AskPayments; log: Logger },
  { userId, orderId, traceparent }: { userId: string; orderId: string; traceparent: string },
): Promise<TimelineReply> {
  await getOrder(deps.db, userId, orderId);
  const [outbox, events, payments] = await Promise.all([
    findOutboxRows(deps.db, orderId),
    findEventRows(deps.db, orderId),
    deps.askPayments({ orderId, userId, traceparent }).catch((error: unknown) => {
      deps.log.warn({ err: error, orderId }, 'payments could not be asked for a timeline');
      return undefined;
    }),
  ]);
  const entries = [
    ...outbox.flatMap(ofOutbox),
    ...events.flatMap(ofEvent),
    ...(payments ? ofPayments(payments) : []),
  ];
  return {
    orderId,
    workflowId: `order-${orderId}`,
    entries: entries.toSorted((one, other) => one.at.localeCompare(other.at)),
    missing: payments
      ? []
      : [{ component: 'payments', reason: 'It cannot be asked now; try again in a moment.' }],
  };
}

function ofOutbox(row: OutboxRow): TimelineEntry[] {
  const { kind, traceparent, attempts, lastError, runId, startedEagerly } = row;
  const written = entry(row.createdAt, 'outbox', 'written', { kind, traceparent });
  if (row.dispatchedAt !== null) {
    return [
      written,
      entry(row.dispatchedAt, 'relay', 'workflow_started', { attempts, runId, startedEagerly }),
    ];
  }
  return lastError === null
    ? [written]
    : [written, entry(row.createdAt, 'relay', 'not_started', { attempts, lastError })];
}

function ofEvent(row: EventRow): TimelineEntry[] {
  const changed = entry(row.createdAt, 'orders', 'status_changed', { status: row.status });
  if (row.receivedAt === null) return [changed];
  const { eventId, topicPartition: partition, topicOffset } = row;
  const coordinates = { topic: PAYMENT_STATUS_TOPIC.name, partition, offset: topicOffset?.toString() };
  return [entry(row.receivedAt, 'kafka', 'event_consumed', { eventId, ...coordinates }), changed];
}

function ofPayments({ decision, postings }: DecisionReply): TimelineEntry[] {
  const decided = decision
    ? [
        entry(decision.decidedAt, 'payments', 'decided', {
          outcome: decision.outcome,
          reason: decision.reason,
        }),
      ]
    : [];
  return [
    ...decided,
    ...postings.map(({ createdAt, ...posting }) => entry(createdAt, 'ledger', 'posted', posting)),
  ];
}

function entry(
  at: Date | string,
  component: TimelineEntry['component'],
  what: string,
  detail: Record<string, unknown>,
): TimelineEntry {
  return { at: new Date(at).toISOString(), component, what, detail };
}
