import { ScrollArea, SegmentedControl } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useSearchParams } from 'wouter';
import type { OrderStatus } from '#contracts/values/order-status.ts';
import { keys, latestOrder } from '../api/order-cache.ts';
import { useSettings } from '../api/settings.ts';
import { useInfiniteList } from '../api/use-infinite-list.ts';
import { useCustomer } from '../identity/customer-context.ts';
import { EndOfList } from '../shell/end-of-list.tsx';
import { ErrorState, EmptyState, LoadingState } from '../shell/states.tsx';
import { OrderRow, SendingRow } from './order-row.tsx';
import { SHOWN_STATUSES, statusWords } from './status-badge.tsx';
import { useSending } from './use-place-order.ts';
import classes from './orders-list.module.css';

const FILTERS = [
  { value: 'all', label: 'All' },
  ...SHOWN_STATUSES.map((status) => ({ value: status, label: statusWords(status) })),
];

/** The customer's orders, newest first, with live changes. The filter is in the URL, so that it can be linked to. */
export function OrdersList() {
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
      <Listed key={status} status={status} />
    </>
  );
}

function Listed({ status }: { status: OrderStatus | undefined }) {
  const customer = useCustomer();
  const queries = useQueryClient();
  const { currency } = useSettings();
  const sending = useSending();
  const { query, items, end } = useInfiniteList(keys.orders(customer.userId, status), async (page) => {
    const read = await customer.orders({ ...page, ...(status && { status }) });
    return { ...read, items: read.items.map((order) => latestOrder(queries, customer, order)) };
  });
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
      <EmptyState title="No orders yet">Place one, and watch it being paid here.</EmptyState>
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
