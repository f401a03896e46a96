import type { DeclineReason, OrderStatus } from './order-status.ts';

/** The parts of the system that a timeline tells of, in the order in which an order comes to them. */
export const TIMELINE_COMPONENTS = [
  'http',
  'orders',
  'outbox',
  'relay',
  'temporal',
  'worker',
  'payments',
  'ledger',
  'kafka',
  'consumer',
] as const;

export type TimelineComponent = (typeof TIMELINE_COMPONENTS)[number];

/** Each kind of entry, with the component that it belongs to. */
export const TIMELINE_KINDS = {
  order_placed: 'http',
  cancel_requested: 'http',
  cancel_stored: 'orders',
  status_changed: 'orders',
  written: 'outbox',
  workflow_started: 'relay',
  not_started: 'relay',
  workflow_run: 'temporal',
  debit: 'worker',
  cancel: 'worker',
  report: 'worker',
  decided: 'payments',
  posted: 'ledger',
  event_consumed: 'kafka',
  event_applied: 'consumer',
} as const satisfies Record<keyof TimelineDetails, TimelineComponent>;

export type TimelineKind = keyof TimelineDetails;

/** The raw data of an entry, by its kind. */
export interface TimelineDetails {
  order_placed: Request;
  cancel_requested: Request;
  cancel_stored: { status: OrderStatus };
  status_changed: { status: OrderStatus };
  written: { kind: string; traceparent: string };
  workflow_started: Dispatch & { runId: string | null; startedEagerly: boolean | null };
  not_started: Dispatch & { dueAt: Date | string };
  workflow_run: { workflowId: string; runId: string; type: string; status: string };
  debit: Step;
  cancel: Step;
  report: Step;
  decided: { outcome: 'completed' | 'declined'; reason: DeclineReason | null };
  posted: { kind: 'debit' | 'refund'; account: 'customer' | 'sales'; amount: bigint };
  event_consumed: EventPosition & { topic: string };
  event_applied: EventPosition & { group: string; status: OrderStatus };
}

interface Request {
  method: 'POST';
  path: string;
  traceparent: string;
}

interface Dispatch {
  kind: string;
  attempts: number;
  lastError: string | null;
}

interface Step {
  workflowId: string;
  name: string;
  local: boolean;
  attempts: number;
  lastFailure: string | null;
}

interface EventPosition {
  eventId: string | null;
  partition: number | null;
  offset: string | undefined;
}

interface EntryOf<Kind extends TimelineKind> {
  /** RFC 3339, as is `until`. */
  at: string;
  /** When it ended; null while it goes on, absent for a moment. */
  until?: string | null | undefined;
  component: (typeof TIMELINE_KINDS)[Kind];
  what: Kind;
  detail: TimelineDetails[Kind];
}

/** One thing that happened to an order; `what` tells the kind. */
export type TimelineEntry = { [Kind in TimelineKind]: EntryOf<Kind> }[TimelineKind];
