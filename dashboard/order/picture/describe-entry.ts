import type { TimelineEntry } from '#contracts/http/orders-api.ts';
import type { OrderStatus } from '#contracts/values/order-status.ts';
import { moneyText } from '../../money/show-money.tsx';
import { statusWords } from '../../ordering/status-badge.tsx';

/** How an entry is coloured: a fault, a status, or neither. */
export type Tone = 'fault' | 'wait' | 'plain' | OrderStatus;

/** What tells an entry from all others of its order. */
export function keyOf({ at, component, what, detail }: TimelineEntry): string {
  return [component, what, at, detail['account']].join(' ');
}

/** An entry in a few words. @param currency of the order */
export function describeEntry({ component, what, detail }: TimelineEntry, currency: string): string {
  const text = (field: string) => {
    const value = detail[field];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  };
  const { amount } = detail;
  const attempts = Number(detail['attempts'] ?? 0);
  const repeated = attempts > 1 ? `, ${attempts} attempts` : '';
  switch (what) {
    case 'order_placed':
      return 'Order placed';
    case 'cancel_requested':
      return 'Cancel requested';
    case 'cancel_stored':
      return 'Cancel stored';
    case 'status_changed':
      return statusWords(text('status') as OrderStatus);
    case 'written':
      return text('kind') === 'cancel' ? 'Cancel row' : 'Payment row';
    case 'workflow_started':
      return `Started${detail['startedEagerly'] === true ? ' eagerly' : ''}${repeated}`;
    case 'not_started':
      return `Cannot be started${repeated}`;
    case 'workflow_run':
      return text('type');
    case 'decided':
      return text('outcome') === 'declined'
        ? `Declined: ${text('reason').replaceAll('_', ' ')}`
        : 'Completed';
    case 'posted':
      return typeof amount === 'bigint'
        ? `${moneyText(amount, currency, 'exceptZero')} ${text('account')}`
        : `${text('kind')} ${text('account')}`;
    case 'event_consumed':
      return `partition ${text('partition')}, offset ${text('offset')}`;
    case 'event_applied':
      return 'Applied';
    default:
      return `${component === 'worker' ? what : what.replaceAll('_', ' ')}${repeated}`;
  }
}

export function toneOf({ what, detail, until }: TimelineEntry): Tone {
  if (what === 'not_started' || detail['lastFailure'] || detail['lastError']) return 'fault';
  if (what === 'status_changed') return detail['status'] as OrderStatus;
  if (detail['outcome'] === 'declined') return 'failed';
  return until === null ? 'wait' : 'plain';
}

/** "1.2 s" for 1200 ms. */
export function durationText(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `${minutes} min ${Math.floor((ms % 60_000) / 1_000)} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} days`;
}
