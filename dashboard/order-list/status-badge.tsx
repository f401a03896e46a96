import type { OrderReply } from '#contracts/http/orders-api.ts';
import classes from './status-badge.module.css';

const WORDS = {
  created: 'Processing',
  paid: 'Paid',
  failed: 'Declined',
  cancelled: 'Cancelled',
  refunded: 'Refunded',
} as const;

/** The order's status in a customer's words. It flashes when it changes on the screen. */
export function StatusBadge({ order }: { order: Pick<OrderReply, 'status' | 'cancelRequestedAt'> }) {
  const isEnding =
    order.cancelRequestedAt !== null && (order.status === 'created' || order.status === 'paid');
  const words = isEnding ? (order.status === 'paid' ? 'Refunding' : 'Cancelling') : WORDS[order.status];
  return (
    <span key={words} className={classes['badge']} data-status={isEnding ? 'created' : order.status}>
      {words}
    </span>
  );
}

export function statusWords(status: OrderReply['status']): string {
  return WORDS[status];
}
