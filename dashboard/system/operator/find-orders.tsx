import { Anchor, Button, NativeSelect, Table, TextInput } from '@mantine/core';
import { Search } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'wouter';
import type { findOrdersRoute } from '#contracts/http/operator-orders-api.ts';
import type { OrderReply } from '#contracts/http/orders-api.ts';
import type { QueryOf } from '#contracts/http/route-contract.ts';
import type { OrderStatus } from '#contracts/values/order-status.ts';
import { ROUTES } from '#contracts/values/routes.ts';
import { explainProblem } from '../../api/explain-problem.ts';
import { useInfiniteList } from '../../api/use-infinite-list.ts';
import { useCustomer } from '../../identity/customer-context.ts';
import { Money } from '../../money/money.tsx';
import { amountOf } from '../../order-list/amount-of.ts';
import { SHOWN_STATUSES, StatusBadge, statusWords } from '../../order-list/status-badge.tsx';
import { EndOfList } from '../../shell/end-of-list.tsx';
import { EmptyState, LoadingState } from '../../shell/states.tsx';
import { Time } from '../../shell/time.tsx';
import { Panel } from '../panels/panel.tsx';
import classes from './find-orders.module.css';

type Filter = Omit<Partial<QueryOf<typeof findOrdersRoute>>, 'limit' | 'cursor'>;

const ANY = { value: '', label: 'Any' };

/** Looks for orders of all customers. Each leads to its page. */
export function FindOrders() {
  const [filter, setFilter] = useState<Filter>();
  return (
    <Panel title="Find orders" description="Of all customers, newest first. Without a filter: all of them.">
      <form
        noValidate
        className={classes['filter']}
        aria-label="Find orders"
        onSubmit={(event) => {
          event.preventDefault();
          setFilter(readFilter(new FormData(event.currentTarget)));
        }}
      >
        <TextInput label="Order" name="orderId" placeholder="its id" autoComplete="off" />
        <TextInput label="Customer" name="userId" placeholder="their id" autoComplete="off" />
        <NativeSelect
          label="Status"
          name="status"
          data={[ANY, ...SHOWN_STATUSES.map((status) => ({ value: status, label: statusWords(status) }))]}
        />
        <TextInput label="Placed from" name="placedAfter" type="datetime-local" />
        <TextInput label="Placed before" name="placedBefore" type="datetime-local" />
        <Button type="submit" variant="default" leftSection={<Search size={14} />}>
          Find
        </Button>
      </form>
      {filter && <Found key={JSON.stringify(filter)} filter={filter} />}
    </Panel>
  );
}

function readFilter(form: FormData): Filter {
  const text = (name: string) => {
    const value = form.get(name);
    return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
  };
  /** Of the viewer's zone. */
  const time = (name: string) => {
    const value = text(name);
    return value && new Date(value).toISOString();
  };
  return {
    orderId: text('orderId'),
    userId: text('userId'),
    status: text('status') as OrderStatus | undefined,
    placedAfter: time('placedAfter'),
    placedBefore: time('placedBefore'),
  };
}

function Found({ filter }: { filter: Filter }) {
  const { call } = useCustomer();
  const { query, items, end } = useInfiniteList(['system', 'orders', filter], async (page) =>
    call(ROUTES.findOrders, { query: { ...filter, ...page } }),
  );
  if (query.isError && !items)
    return <EmptyState title="Not found">{explainProblem(query.error)}</EmptyState>;
  if (!items) return <LoadingState lines={3} />;
  if (items.length === 0) {
    return <EmptyState title="No such order">No order fits all of what you entered.</EmptyState>;
  }
  return (
    <>
      <Table verticalSpacing="xs" aria-label="Orders that were found">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Order</Table.Th>
            <Table.Th className={classes['wide']}>Customer</Table.Th>
            <Table.Th>Status</Table.Th>
            <Table.Th className={classes['end']}>Amount</Table.Th>
            <Table.Th className={classes['wide']}>Placed</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {items.map((order) => (
            <FoundOrder key={order.orderId} order={order} />
          ))}
        </Table.Tbody>
      </Table>
      <EndOfList end={end} query={query} more="Older orders" />
    </>
  );
}

function FoundOrder({ order }: { order: OrderReply }) {
  const { orderId, userId, currency, createdAt } = order;
  return (
    <Table.Tr>
      <Table.Td>
        <Anchor component={Link} href={`/orders/${orderId}`} inherit className="number" title={orderId}>
          {orderId.slice(-8)}
        </Anchor>
      </Table.Td>
      <Table.Td className={classes['wide']}>
        <span className="number" title={userId}>
          {userId.slice(0, 8)}
        </span>
      </Table.Td>
      <Table.Td>
        <StatusBadge order={order} />
      </Table.Td>
      <Table.Td className={classes['end']}>
        <Money amount={amountOf(order)} currency={currency} />
      </Table.Td>
      <Table.Td className={classes['wide']}>
        <Time at={createdAt} />
      </Table.Td>
    </Table.Tr>
  );
}
