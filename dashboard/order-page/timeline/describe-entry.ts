import type { OrderStatus } from '#contracts/values/order-status.ts';
import type { TimelineEntry } from '#contracts/values/timeline.ts';
import { moneyText } from '../../money/money-text.ts';
import { statusWords } from '../../order-list/status-badge.tsx';

/** The color of an entry: a fault, a status, or neither. */
export type Tone = 'fault' | 'wait' | 'plain' | OrderStatus;

/** Unique among the entries of one order. */
export function keyOf({ at, component, what, detail }: TimelineEntry): string {
  return [component, what, at, 'account' in detail && detail.account].filter(Boolean).join(' ');
}

/** An entry in a few words. @param currency of the order */
export function describeEntry(entry: TimelineEntry, currency: string): string {
  switch (entry.what) {
    case 'order_placed':
      return 'Order placed';
    case 'cancel_requested':
      return 'Cancel requested';
    case 'cancel_stored':
      return 'Cancel stored';
    case 'status_changed':
      return statusWords(entry.detail.status);
    case 'written':
      return entry.detail.kind === 'cancel' ? 'Cancel row' : 'Payment row';
    case 'workflow_started':
      return `Started${entry.detail.startedEagerly ? ' eagerly' : ''}${repeated(entry.detail)}`;
    case 'not_started':
      return `Cannot be started${repeated(entry.detail)}`;
    case 'workflow_run':
      return entry.detail.type;
    case 'debit':
    case 'cancel':
    case 'report':
      return `${entry.what}${repeated(entry.detail)}`;
    case 'decided':
      return entry.detail.outcome === 'declined'
        ? `Declined: ${entry.detail.reason?.replaceAll('_', ' ') ?? ''}`
        : 'Completed';
    case 'posted':
      return `${moneyText(entry.detail.amount, currency, 'exceptZero')} ${entry.detail.account}`;
    case 'event_consumed':
      return `partition ${entry.detail.partition}, offset ${entry.detail.offset}`;
    case 'event_applied':
      return 'Applied';
    default:
      // Of a kind that only a newer copy of orders knows.
      return (entry satisfies never as TimelineEntry).what.replaceAll('_', ' ');
  }
}

function repeated({ attempts }: { attempts: number }): string {
  return attempts > 1 ? `, ${attempts} attempts` : '';
}

export function toneOf(entry: TimelineEntry): Tone {
  const { detail } = entry;
  if (entry.what === 'not_started') return 'fault';
  if ('lastFailure' in detail && detail.lastFailure) return 'fault';
  if ('lastError' in detail && detail.lastError) return 'fault';
  if (entry.what === 'status_changed') return entry.detail.status;
  if (entry.what === 'decided' && entry.detail.outcome === 'declined') return 'failed';
  return entry.until === null ? 'wait' : 'plain';
}

/** "1.2 s" for 1200 ms. */
export function durationText(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)}\u00a0ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)}\u00a0s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `${minutes} min ${Math.floor((ms % 60_000) / 1_000)}\u00a0s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} days`;
}
