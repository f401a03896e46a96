import type { OrderReply } from '#contracts/http/orders-api.ts';
import type { OrderStatus } from '#contracts/values/order-status.ts';
import classes from './status-badge.module.css';

/** In the order in which lists of them are shown. */
const WORDS: Readonly<Record<OrderStatus, string>> = {
  created: 'Processing',
  authorized: 'Reserved',
  paid: 'Paid',
  failed: 'Declined',
  cancelled: 'Cancelled',
  refunded: 'Refunded',
};

/** What an order is called once its cancel is accepted, until it is carried out. */
const ENDING: Partial<Readonly<Record<OrderStatus, string>>> = {
  created: 'Cancelling',
  authorized: 'Releasing',
  paid: 'Refunding',
};

type Accepted = Pick<OrderReply, 'status' | 'captureRequestedAt' | 'cancelRequestedAt'>;

/** What was accepted for an order and is being carried out. */
export function underWay({ status, captureRequestedAt, cancelRequestedAt }: Accepted): string | undefined {
  if (status === 'authorized' && captureRequestedAt !== null) return 'Capturing';
  return cancelRequestedAt === null ? undefined : ENDING[status];
}

/** The order's status in a customer's words. It flashes when it changes on the screen. */
export function StatusBadge({ order }: { order: Accepted }) {
  const changing = underWay(order);
  const words = changing ?? WORDS[order.status];
  return (
    <span key={words} className={classes['badge']} data-status={changing ? 'created' : order.status}>
      {words}
    </span>
  );
}

export const SHOWN_STATUSES = Object.keys(WORDS) as OrderStatus[];

export function statusWords(status: OrderReply['status']): string {
  return WORDS[status];
}
