import { PAYMENT_CONSUMER_GROUP, PAYMENT_STATUS_TOPIC } from '#contracts/events/payment-events.ts';
import type { DecisionReply } from '#contracts/http/decisions-api.ts';
import type { TimelineEntry } from '#contracts/http/orders-api.ts';
import type { WorkflowRun } from '#contracts/http/runs-api.ts';
import type { EventRow, OutboxRow } from './timeline.queries.ts';

/** An outbox row: the request that wrote it, how long it waited, and what the relay made of it. */
export function ofOutbox(orderId: string, row: OutboxRow): TimelineEntry[] {
  const { kind, traceparent, attempts, lastError, runId, startedEagerly, dispatchedAt, createdAt } = row;
  const request =
    kind === 'pay'
      ? entry('http', 'order_placed', timeOf(orderId) ?? createdAt, {
          until: createdAt,
          detail: { method: 'POST', path: '/api/orders', traceparent },
        })
      : entry('http', 'cancel_requested', createdAt, {
          detail: { method: 'POST', path: `/api/orders/${orderId}/cancel`, traceparent },
        });
  const written = entry('outbox', 'written', createdAt, {
    until: dispatchedAt,
    detail: { kind, traceparent },
  });
  if (dispatchedAt !== null) {
    const detail = { kind, attempts, lastError, runId, startedEagerly };
    // One that failed at first is shown for as long as that took.
    const started =
      lastError === null
        ? entry('relay', 'workflow_started', dispatchedAt, { detail })
        : entry('relay', 'workflow_started', createdAt, { until: dispatchedAt, detail });
    return [request, written, started];
  }
  if (lastError === null) return [request, written];
  const detail = { kind, attempts, lastError, dueAt: row.dueAt };
  return [request, written, entry('relay', 'not_started', createdAt, { until: null, detail })];
}

/** A UUID v7 begins with the ms in which orders got the request (RFC 9562, section 5.7). */
function timeOf(orderId: string): Date | undefined {
  if (orderId.at(14) !== '7') return undefined;
  return new Date(Number.parseInt(orderId.slice(0, 8) + orderId.slice(9, 13), 16));
}

/** A change of the order, with the event that brought it. */
export function ofEvent(row: EventRow): TimelineEntry[] {
  const { status, cancelRequested, eventId, topicPartition: partition, topicOffset, receivedAt } = row;
  const changed = cancelRequested
    ? entry('orders', 'cancel_stored', row.createdAt, { detail: { status } })
    : entry('orders', 'status_changed', row.createdAt, { detail: { status } });
  if (receivedAt === null) return [changed];
  const offset = topicOffset?.toString();
  return [
    entry('kafka', 'event_consumed', receivedAt, {
      detail: { eventId, topic: PAYMENT_STATUS_TOPIC.name, partition, offset },
    }),
    entry('consumer', 'event_applied', receivedAt, {
      until: row.createdAt,
      detail: { eventId, group: PAYMENT_CONSUMER_GROUP, partition, offset, status },
    }),
    changed,
  ];
}

export function ofPayments({ decision, postings }: DecisionReply): TimelineEntry[] {
  const decided = decision
    ? [
        entry('payments', 'decided', decision.decidedAt, {
          detail: { outcome: decision.outcome, reason: decision.reason },
        }),
      ]
    : [];
  return [
    ...decided,
    ...postings.map(({ createdAt, ...posting }) => entry('ledger', 'posted', createdAt, { detail: posting })),
  ];
}

/** A workflow's run, and each of its steps, which the worker does. */
export function ofRun({ steps, startedAt, closedAt, ...run }: WorkflowRun): TimelineEntry[] {
  return [
    entry('temporal', 'workflow_run', startedAt, { until: closedAt, detail: run }),
    ...steps.map(({ startedAt: at, endedAt, ...step }) =>
      entry('worker', step.name, at, { until: endedAt, detail: { workflowId: run.workflowId, ...step } }),
    ),
  ];
}

/** Without `until` it is a moment; with null it goes on still. */
function entry(
  component: TimelineEntry['component'],
  what: string,
  at: Date | string,
  { until, detail }: { until?: Date | string | null; detail: Record<string, unknown> },
): TimelineEntry {
  return {
    at: new Date(at).toISOString(),
    ...(until !== undefined && { until: until === null ? null : new Date(until).toISOString() }),
    component,
    what,
    detail,
  };
}
