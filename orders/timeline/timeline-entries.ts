import { PAYMENT_CONSUMER_GROUP, PAYMENT_STATUS_TOPIC } from '#contracts/events/payment-events.ts';
import type { DecisionReply } from '#contracts/http/decisions-api.ts';
import type { WorkflowRun } from '#contracts/http/runs-api.ts';
import { TIMELINE_KINDS } from '#contracts/values/timeline.ts';
import type { TimelineDetails, TimelineEntry, TimelineKind } from '#contracts/values/timeline.ts';
import type { EventRow, OutboxRow } from './timeline.queries.ts';

/** For an outbox row: the request that wrote it, how long it waited, and the relay's start of the workflow. */
export function ofOutbox(orderId: string, row: OutboxRow): TimelineEntry[] {
  const { kind, traceparent, attempts, lastError, runId, startedEagerly, dispatchedAt, createdAt } = row;
  const request =
    kind === 'pay'
      ? entry('order_placed', timeOf(orderId) ?? createdAt, {
          until: createdAt,
          detail: { method: 'POST', path: '/api/orders', traceparent },
        })
      : entry('cancel_requested', createdAt, {
          detail: { method: 'POST', path: `/api/orders/${orderId}/cancel`, traceparent },
        });
  const written = entry('written', createdAt, {
    until: dispatchedAt,
    detail: { kind, traceparent },
  });
  if (dispatchedAt !== null) {
    const detail = { kind, attempts, lastError, runId, startedEagerly };
    // A start that failed at first lasts from the row's creation until it succeeded.
    const started =
      lastError === null
        ? entry('workflow_started', dispatchedAt, { detail })
        : entry('workflow_started', createdAt, { until: dispatchedAt, detail });
    return [request, written, started];
  }
  if (lastError === null) return [request, written];
  const detail = { kind, attempts, lastError, dueAt: row.dueAt };
  return [request, written, entry('not_started', createdAt, { until: null, detail })];
}

/** A UUID v7 begins with the time in ms at which orders received the request (RFC 9562, section 5.7). */
function timeOf(orderId: string): Date | undefined {
  if (orderId.at(14) !== '7') return undefined;
  return new Date(Number.parseInt(orderId.slice(0, 8) + orderId.slice(9, 13), 16));
}

/** For a change of the order: the change, and the payment event that caused it. */
export function ofEvent(row: EventRow): TimelineEntry[] {
  const { status, cancelRequested, eventId, topicPartition: partition, topicOffset, receivedAt } = row;
  const changed = cancelRequested
    ? entry('cancel_stored', row.createdAt, { detail: { status } })
    : entry('status_changed', row.createdAt, { detail: { status } });
  if (receivedAt === null) return [changed];
  const offset = topicOffset?.toString();
  return [
    entry('event_consumed', receivedAt, {
      detail: { eventId, topic: PAYMENT_STATUS_TOPIC.name, partition, offset },
    }),
    entry('event_applied', receivedAt, {
      until: row.createdAt,
      detail: { eventId, group: PAYMENT_CONSUMER_GROUP, partition, offset, status },
    }),
    changed,
  ];
}

export function ofPayments({ decision, postings }: DecisionReply): TimelineEntry[] {
  const decided = decision
    ? [
        entry('decided', decision.decidedAt, {
          detail: { outcome: decision.outcome, reason: decision.reason },
        }),
      ]
    : [];
  return [
    ...decided,
    ...postings.map(({ createdAt, ...posting }) => entry('posted', createdAt, { detail: posting })),
  ];
}

/** For a workflow's run: the run, and each of its steps in the worker. */
export function ofRun({ steps, startedAt, closedAt, ...run }: WorkflowRun): TimelineEntry[] {
  return [
    entry('workflow_run', startedAt, { until: closedAt, detail: run }),
    ...steps.map(({ startedAt: at, endedAt, ...step }) =>
      // The name of an activity; the payment workflows have these three.
      entry(step.name as 'debit' | 'cancel' | 'report', at, {
        until: endedAt,
        detail: { workflowId: run.workflowId, ...step },
      }),
    ),
  ];
}

/** Without `until` it is a moment; with null it still goes on. */
function entry<Kind extends TimelineKind>(
  what: Kind,
  at: Date | string,
  { until, detail }: { until?: Date | string | null; detail: TimelineDetails[Kind] },
): TimelineEntry {
  return {
    at: new Date(at).toISOString(),
    ...(until !== undefined && { until: until === null ? null : new Date(until).toISOString() }),
    component: TIMELINE_KINDS[what],
    what,
    detail,
  } as TimelineEntry;
}
