import type { DeclineReason, OrderStatus, PaymentEventType } from './order-status.ts';
import type { PostingAccount, PostingKind } from './postings.ts';

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
  capture_requested: 'http',
  cancel_requested: 'http',
  refund_requested: 'http',
  capture_stored: 'orders',
  cancel_stored: 'orders',
  hold_ended: 'orders',
  part_refunded: 'orders',
  status_changed: 'orders',
  operator_acted: 'http',
  written: 'outbox',
  workflow_started: 'relay',
  workflow_signalled: 'relay',
  not_started: 'relay',
  workflow_run: 'temporal',
  timer: 'temporal',
  signal: 'temporal',
  debit: 'worker',
  authorize: 'worker',
  capture: 'worker',
  expire: 'worker',
  cancel: 'worker',
  refund: 'worker',
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
  capture_requested: Request & { amount: bigint };
  cancel_requested: Request;
  refund_requested: Request & { amount: bigint };
  capture_stored: { status: OrderStatus };
  cancel_stored: { status: OrderStatus };
  /** Orders accepted that nothing was asked for in time. */
  hold_ended: { status: OrderStatus };
  /** Of what was captured; the order keeps its status. */
  part_refunded: { status: OrderStatus; amountRefunded: bigint };
  status_changed: { status: OrderStatus };
  /** Only operators and merchants are told. */
  operator_acted: { action: string; actor: string; as: string | null; reason: string };
  written: { kind: string; traceparent: string };
  workflow_started: Dispatch & { runId: string | null; startedEagerly: boolean | null };
  workflow_signalled: Dispatch;
  not_started: Dispatch & { dueAt: Date | string };
  workflow_run: { workflowId: string; runId: string; type: string; status: string };
  timer: Timer;
  signal: { workflowId: string; name: string };
  debit: Step;
  authorize: Step;
  capture: Step;
  expire: Step;
  cancel: Step;
  refund: Step;
  report: Step;
  decided: { outcome: 'completed' | 'authorized' | 'declined'; reason: DeclineReason | null };
  posted: { kind: PostingKind; account: PostingAccount; amount: bigint };
  event_consumed: EventPosition & { topic: string };
  event_applied: EventPosition & { group: string; status: OrderStatus };
}

/** The steps of the workflows, which are the names of their activities. */
export type TimelineStep = {
  [Kind in TimelineKind]: (typeof TIMELINE_KINDS)[Kind] extends 'worker' ? Kind : never;
}[TimelineKind];

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

interface Timer {
  workflowId: string;
  /** What the workflow waits for. */
  summary: string | null;
  /** RFC 3339: when the wait ends if nothing comes before. */
  firesAt: string;
  outcome: TimerOutcome;
}

/** A timer is cancelled when what the workflow waits for comes before its end. */
export const TIMER_OUTCOMES = ['waiting', 'fired', 'cancelled'] as const;

export type TimerOutcome = (typeof TIMER_OUTCOMES)[number];

interface EventPosition {
  eventId: string | null;
  /** What the event reports, and of how much. */
  type: PaymentEventType | null;
  amount: bigint | null;
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
