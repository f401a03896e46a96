import { useState } from 'react';
import { Link } from 'wouter';
import type { OrderReply } from '#contracts/http/orders-api.ts';
import { Money } from '../money/money.tsx';
import { Time } from '../shell/time.tsx';
import { amountOf } from './amount-of.ts';
import { StatusBadge } from './status-badge.tsx';
import classes from './orders-list.module.css';

/** One order of the list, as a link to its page. */
export function OrderRow({ order }: { order: OrderReply }) {
  // Only a change after the first rendering is highlighted.
  const [first] = useState(order.status);
  const hasChanged = order.status !== first;
  return (
    <li>
      <Link href={`/orders/${order.orderId}`} className={classes['row']}>
        {/* Only this element is replaced at a change: the link around it may have the focus. */}
        {hasChanged && <span key={order.status} className={classes['changed']} aria-hidden />}
        <span className={classes['what']} dir="auto" translate="no">
          {order.description ?? `Order ${order.orderId.slice(-8)}`}
        </span>
        <span className={classes['amount']}>
          <Money amount={amountOf(order)} currency={order.currency} />
        </span>
        <span className={classes['status']}>
          <StatusBadge order={order} />
        </span>
        <span className={classes['time']}>
          <Time at={order.createdAt} />
        </span>
      </Link>
    </li>
  );
}

/** An order that is being sent. It may still be refused. */
export function SendingRow({
  amount,
  currency,
  description,
}: {
  amount: bigint;
  currency: string;
  description: string;
}) {
  return (
    <li className={classes['sending']}>
      <div className={classes['row']}>
        <span className={classes['what']} dir="auto">
          {description || 'New order'}
        </span>
        <span className={classes['amount']}>
          <Money amount={amount} currency={currency} />
        </span>
        <span className={classes['status']}>Sending…</span>
        <span className={classes['time']} />
      </div>
    </li>
  );
}
