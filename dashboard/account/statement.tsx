import { pathOf } from '@gozon/client';
import { Anchor, Table } from '@mantine/core';
import { Link } from 'wouter';
import type { AccountReply, PostingReply } from '#contracts/http/payments-api.ts';
import { ROUTES } from '#contracts/values/routes.ts';
import { keys } from '../api/order-cache.ts';
import { useInfiniteList } from '../api/use-infinite-list.ts';
import { useCustomer } from '../identity/customer-context.ts';
import { Money } from '../money/money.tsx';
import { EndOfList } from '../shell/end-of-list.tsx';
import { SaveCsv } from '../shell/save-csv.tsx';
import { ErrorState, StaleNotice, EmptyState, LoadingState } from '../shell/states.tsx';
import { Time } from '../shell/time.tsx';
import classes from './account.module.css';

/** Every movement of the account with what was available after it, newest first. */
export function Statement({ account }: { account: AccountReply | null }) {
  const customer = useCustomer();
  const { query, items, end } = useInfiniteList(
    keys.statement(customer.userId),
    async (page) => customer.statement(page),
    { enabled: account !== null },
  );
  if (account === null || items?.length === 0) {
    return <EmptyState title="No movements yet">Top-ups, payments and refunds appear here.</EmptyState>;
  }
  if (!items) {
    return (
      <div className={classes['padded']}>
        {query.isError ? (
          <ErrorState what="your statement" error={query.error} retry={() => void query.refetch()} />
        ) : (
          <LoadingState lines={5} />
        )}
      </div>
    );
  }
  return (
    <>
      {query.isError && !query.isFetchNextPageError && (
        <div className={classes['padded']}>
          <StaleNotice what="Your statement" />
        </div>
      )}
      <div className={classes['tools']}>
        <SaveCsv
          words="Save all as CSV"
          path={() => pathOf(ROUTES.exportStatement, { params: { userId: customer.userId } })}
        />
      </div>
      <Table className={classes['statement']}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th className={classes['when']}>When</Table.Th>
            <Table.Th>What</Table.Th>
            <Table.Th className={classes['end']}>Amount</Table.Th>
            <Table.Th className={classes['end']}>Available</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {items.map((posting) => (
            <Table.Tr key={posting.postingId}>
              <Table.Td className={classes['when']}>
                <Time at={posting.createdAt} />
              </Table.Td>
              <Table.Td>
                <What posting={posting} />
                <div className={classes['whenBelow']}>
                  <Time at={posting.createdAt} />
                </div>
              </Table.Td>
              <Table.Td className={classes['end']} data-credit={posting.amount > 0n}>
                <Money amount={posting.amount} currency={account.currency} signed />
              </Table.Td>
              <Table.Td className={classes['end']}>
                <Money amount={posting.balanceAfter} currency={account.currency} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <EndOfList end={end} query={query} more="Older movements" />
    </>
  );
}

const KINDS = {
  top_up: 'Top-up',
  debit: 'Payment',
  hold: 'Reserved',
  release: 'Released',
  refund: 'Refund',
} as const;

function What({ posting: { kind, orderId } }: { posting: PostingReply }) {
  if (orderId === null) return KINDS[kind];
  return (
    <Anchor component={Link} href={`/orders/${orderId}`} inherit>
      {KINDS[kind]} <span className="number">{orderId.slice(-8)}</span>
    </Anchor>
  );
}
