import type { OrderStatus, PaymentEventType } from '#contracts/values/order-status.ts';
import type { TimelineEntry, TimerOutcome } from '#contracts/values/timeline.ts';
import { moneyText } from '../../money/money-text.ts';
import { statusWords } from '../../order-list/status-badge.tsx';
import { LOCALE } from '../../shell/locale.ts';
import { timeText } from '../../shell/time.tsx';

/** The color of an entry: a fault, a status, or neither. */
export type Tone = 'fault' | 'wait' | 'plain' | OrderStatus;

/** Unique among the entries of one order. */
export function keyOf({ at, component, what, detail }: TimelineEntry): string {
  const more = ['account' in detail && detail.account, 'kind' in detail && detail.kind];
  return [component, what, at, ...more].filter(Boolean).join(' ');
}

/** An entry in a few words. @param currency of the order */
export function describeEntry(entry: TimelineEntry, currency: string): string {
  switch (entry.what) {
    case 'order_placed':
      return 'Order placed';
    case 'capture_requested':
      return `Capture of ${moneyText(entry.detail.amount, currency)} requested`;
    case 'cancel_requested':
      return 'Cancel requested';
    case 'refund_requested':
      return `Refund of ${moneyText(entry.detail.amount, currency)} requested`;
    case 'capture_stored':
      return 'Capture stored';
    case 'cancel_stored':
      return 'Cancel stored';
    case 'hold_ended':
      return 'Hold ended';
    case 'part_refunded':
      return `${moneyText(entry.detail.amountRefunded, currency)} refunded`;
    case 'status_changed':
      return statusWords(entry.detail.status);
    case 'operator_acted':
      return `Operator: ${entry.detail.action.replaceAll('_', ' ')}`;
    case 'written':
      return `${ROWS[entry.detail.kind] ?? entry.detail.kind} row`;
    case 'workflow_started':
      return `Started${entry.detail.startedEagerly ? ' eagerly' : ''}${repeated(entry.detail)}`;
    case 'workflow_signalled':
      return `Signalled${repeated(entry.detail)}`;
    case 'not_started':
      return `Cannot be ${SIGNALS.has(entry.detail.kind) ? 'signalled' : 'started'}${repeated(entry.detail)}`;
    case 'workflow_run':
      return entry.detail.type;
    case 'timer':
      return TIMERS[entry.detail.outcome](timeText(entry.detail.firesAt));
    case 'signal':
      return `Signal: ${entry.detail.name}`;
    case 'debit':
    case 'authorize':
    case 'capture':
    case 'expire':
    case 'cancel':
    case 'refund':
    case 'report':
      return `${entry.what}${repeated(entry.detail)}`;
    case 'decided':
      return entry.detail.outcome === 'declined'
        ? `Declined: ${entry.detail.reason?.replaceAll('_', ' ') ?? ''}`
        : DECISIONS[entry.detail.outcome];
    case 'posted':
      return `${moneyText(entry.detail.amount, currency, 'exceptZero')} ${entry.detail.account}`;
    case 'event_consumed':
      return `partition ${entry.detail.partition}, offset ${entry.detail.offset}${reported(entry.detail, currency)}`;
    case 'event_applied':
      return 'Applied';
    default:
      // Of a kind that only a newer copy of orders knows.
      return (entry satisfies never as TimelineEntry).what.replaceAll('_', ' ');
  }
}

/** An outbox row by its kind, which is what it asks for. */
const ROWS: Readonly<Record<string, string>> = {
  pay: 'Payment',
  authorize: 'Reserve',
  capture: 'Capture',
  release: 'Release',
  cancel: 'Cancel',
  refund: 'Refund',
};

/** The kinds that ask a workflow that waits already. */
const SIGNALS: ReadonlySet<string> = new Set(['capture', 'release']);

const DECISIONS = { completed: 'Completed', authorized: 'Reserved' } as const;

const TIMERS: Readonly<Record<TimerOutcome, (end: string) => string>> = {
  waiting: (end) => `Waits until ${end}`,
  fired: () => 'Waited to the end',
  cancelled: () => 'Waited',
};

/** ": capture of €12.00" */
function reported(
  { type, amount }: { type?: PaymentEventType | null; amount?: bigint | null },
  currency: string,
): string {
  // Copies of orders from before there were holds do not tell.
  if (!type || amount === null || amount === undefined) return '';
  return `: ${EVENTS[type]} of ${moneyText(amount, currency)}`;
}

const EVENTS: Readonly<Record<PaymentEventType, string>> = {
  'payment.completed': 'payment',
  'payment.authorized': 'hold',
  'payment.declined': 'decline',
  'payment.captured': 'capture',
  'payment.released': 'release',
  'payment.refunded': 'refund',
};

function repeated({ attempts }: { attempts: number }): string {
  return attempts > 1 ? `, ${attempts} attempts` : '';
}

export function toneOf(entry: TimelineEntry): Tone {
  const { detail } = entry;
  if (entry.what === 'not_started') return 'fault';
  if ('lastFailure' in detail && detail.lastFailure) return 'fault';
  if ('lastError' in detail && detail.lastError) return 'fault';
  if (entry.what === 'status_changed') return entry.detail.status;
  if (entry.what === 'hold_ended') return 'cancelled';
  if (entry.what === 'part_refunded') return 'refunded';
  if (entry.what === 'decided' && entry.detail.outcome === 'declined') return 'failed';
  return entry.until === null ? 'wait' : 'plain';
}

const whole = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat(LOCALE, { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** "1.2 s" for 1200 ms, in the viewer's digits. */
export function durationText(ms: number): string {
  if (ms < 1_000) return `${whole.format(ms)}\u00a0ms`;
  if (ms < 60_000) return `${(ms < 10_000 ? tenths : whole).format(ms / 1_000)}\u00a0s`;
  const minutes = Math.floor(ms / 60_000);
  const text = (count: number) => whole.format(Math.floor(count));
  if (minutes < 60) return `${text(minutes)} min ${text((ms % 60_000) / 1_000)}\u00a0s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${text(hours)} h ${text(minutes % 60)} min` : `${text(hours / 24)} days`;
}
