import { PAYMENT_CONSUMER_GROUP, PAYMENT_STATUS_TOPIC } from '#contracts/events/payment-events.ts';
import type { DecisionReply } from '#contracts/http/decisions-api.ts';
import type { WorkflowRun } from '#contracts/http/runs-api.ts';
import { TIMELINE_KINDS } from '#contracts/values/timeline.ts';
import type {
  TimelineDetails,
  TimelineEntry,
  TimelineKind,
  TimelineStep,
} from '#contracts/values/timeline.ts';
import { reportedBy } from './reported-by.ts';
import type { KnownOrder } from './reported-by.ts';
import type { ActionRow, EventRow, OutboxRow } from './timeline.queries.ts';

/** For an outbox row: the request that wrote it, how long it waited, and how the relay started or signalled the workflow. */
export function ofOutbox(orderId: string, row: OutboxRow): TimelineEntry[] {
  const { kind, traceparent, attempts, lastError, dispatchedAt, createdAt } = row;
  const request = requestOf(orderId, row);
  const written = entry('written', createdAt, {
    until: dispatchedAt,
    detail: { kind, traceparent },
  });
  if (dispatchedAt !== null) {
    // A start that failed at first lasts from the row's creation until it succeeded.
    const [at, until] = lastError === null ? [dispatchedAt, undefined] : [createdAt, dispatchedAt];
    return [request, written, dispatched(row, at, until)];
  }
  if (lastError === null) return [request, written];
  const detail = { kind, attempts, lastError, dueAt: row.dueAt };
  return [request, written, entry('not_started', createdAt, { until: null, detail })];
}

function requestOf(orderId: string, row: OutboxRow): TimelineEntry {
  const { kind, traceparent, createdAt } = row;
  const amount = row.amount ?? 0n;
  const post = (path: string) => ({ method: 'POST', path, traceparent }) as const;
  switch (kind) {
    case 'pay':
    case 'authorize':
      return entry('order_placed', createdAt, { detail: post('/api/orders') });
    case 'capture':
      return entry('capture_requested', createdAt, {
        detail: { ...post(`/api/orders/${orderId}/capture`), amount },
      });
    case 'refund':
      return entry('refund_requested', createdAt, {
        detail: { ...post(`/api/orders/${orderId}/refunds`), amount },
      });
    default:
      return entry('cancel_requested', createdAt, { detail: post(`/api/orders/${orderId}/cancel`) });
  }
}

/** A hold's workflow waits for the signals of these kinds, which start it only if it is not there. */
const SIGNALS: ReadonlySet<string> = new Set(['capture', 'release']);

function dispatched(row: OutboxRow, at: Date, until: Date | undefined): TimelineEntry {
  const { kind, attempts, lastError, runId, startedEagerly } = row;
  const dispatch = { kind, attempts, lastError };
  return SIGNALS.has(kind)
    ? entry('workflow_signalled', at, { until, detail: dispatch })
    : entry('workflow_started', at, { until, detail: { ...dispatch, runId, startedEagerly } });
}

/** For a change of the order: the change, and the payment event that caused it. */
export function ofEvent(row: EventRow, known: KnownOrder): TimelineEntry[] {
  const { status, eventId, topicPartition: partition, topicOffset, receivedAt } = row;
  const changed = changeOf(row);
  if (receivedAt === null) return [changed];
  const reported = reportedBy(row, known);
  const offset = topicOffset?.toString();
  return [
    entry('event_consumed', receivedAt, {
      detail: { eventId, ...reported, topic: PAYMENT_STATUS_TOPIC.name, partition, offset },
    }),
    entry('event_applied', receivedAt, {
      until: row.createdAt,
      detail: { eventId, ...reported, group: PAYMENT_CONSUMER_GROUP, partition, offset, status },
    }),
    changed,
  ];
}

export function ofAction({ at, action, actor, reason, detail: { as } }: ActionRow): TimelineEntry {
  return entry('operator_acted', at, { detail: { action, actor, as: as ?? null, reason } });
}

function changeOf(row: EventRow): TimelineEntry {
  const { status, createdAt: at, amountRefunded } = row;
  const detail = { status };
  if (row.cancelRequested) return entry('cancel_stored', at, { detail });
  if (row.captureRequested) return entry('capture_stored', at, { detail });
  if (row.expired) return entry('hold_ended', at, { detail });
  if (row.from === status && amountRefunded !== null) {
    return entry('part_refunded', at, { detail: { status, amountRefunded } });
  }
  return entry('status_changed', at, { detail });
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

/** For a workflow's run: the run, what it waits for, the signals that it got, and each of its steps in the worker. */
export function ofRun({ steps, timers, signals, startedAt, closedAt, ...run }: WorkflowRun): TimelineEntry[] {
  const { workflowId } = run;
  return [
    entry('workflow_run', startedAt, { until: closedAt, detail: run }),
    ...timers.map(({ startedAt: at, endedAt, ...timer }) =>
      entry('timer', at, { until: endedAt, detail: { workflowId, ...timer } }),
    ),
    ...signals.map(({ at, name }) => entry('signal', at, { detail: { workflowId, name } })),
    ...steps.map(({ startedAt: at, endedAt, ...step }) =>
      // The name of an activity.
      entry(step.name as TimelineStep, at, { until: endedAt, detail: { workflowId, ...step } }),
    ),
  ];
}

/** Without `until` it is a moment; with null it still goes on. */
function entry<Kind extends TimelineKind>(
  what: Kind,
  at: Date | string,
  { until, detail }: { until?: Date | string | null | undefined; detail: TimelineDetails[Kind] },
): TimelineEntry {
  return {
    at: new Date(at).toISOString(),
    ...(until !== undefined && { until: until === null ? null : new Date(until).toISOString() }),
    component: TIMELINE_KINDS[what],
    what,
    detail,
  } as TimelineEntry;
}
