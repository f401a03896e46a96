import { ScrollArea, SegmentedControl } from '@mantine/core';
import { useSearchParams } from 'wouter';
import type { OrderStatus } from '#contracts/values/order-status.ts';
import { useSettings } from '../api/settings.ts';
import { EndOfList } from '../shell/end-of-list.tsx';
import { ErrorState, EmptyState, LoadingState } from '../shell/states.tsx';
import { OrderRow, SendingRow } from './order-row.tsx';
import { SHOWN_STATUSES, statusWords } from './status-badge.tsx';
import { useOrders } from './use-orders.ts';
import { useSending } from './use-place-order.ts';
import classes from './orders-list.module.css';

const FILTERS = [
  { value: 'all', label: 'All' },
  ...SHOWN_STATUSES.map((status) => ({ value: status, label: statusWords(status) })),
];

/**
 * The customer's orders, newest first, with live changes. The filter is in the URL, so that it can be linked to.
 * @param props.first what to do while there are none
 */
export function OrdersList({ first }: { first: string }) {
  const [parameters, setParameters] = useSearchParams();
  const status = SHOWN_STATUSES.find((one) => one === parameters.get('status'));
  return (
    <>
      <ScrollArea type="never" px="md" pb="md">
        <SegmentedControl
          aria-label="Which orders"
          size="sm"
          data={FILTERS}
          value={status ?? 'all'}
          onChange={(value) => setParameters(value === 'all' ? {} : { status: value }, { replace: true })}
        />
      </ScrollArea>
      <Listed key={status} status={status} first={first} />
    </>
  );
}

function Listed({ status, first }: { status: OrderStatus | undefined; first: string }) {
  const { currency } = useSettings();
  const sending = useSending();
  const { query, items, end } = useOrders(status);
  if (!items) {
    return (
      <div className={classes['padded']}>
        {query.isError ? (
          <ErrorState what="your orders" error={query.error} retry={() => void query.refetch()} />
        ) : (
          <LoadingState lines={5} />
        )}
      </div>
    );
  }
  const coming = status === undefined || status === 'created' ? sending : [];
  if (items.length + coming.length === 0) {
    return status === undefined ? (
      <EmptyState title="No orders yet">{first}</EmptyState>
    ) : (
      <EmptyState title={`No order is ${statusWords(status).toLowerCase()}`}>
        Your other orders have another status.
      </EmptyState>
    );
  }
  return (
    <>
      <ul className={classes['list']} aria-label="Orders">
        {coming.map(({ idempotencyKey, ...order }) => (
          <SendingRow key={idempotencyKey} {...order} currency={currency} />
        ))}
        {items.map((order) => (
          <OrderRow key={order.orderId} order={order} />
        ))}
      </ul>
      <EndOfList end={end} query={query} more="Older orders" />
    </>
  );
}
