import { Skeleton, Title } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { OrderReply, RefundReply } from '#contracts/http/orders-api.ts';
import { Money } from '../../money/money.tsx';
import { ErrorState } from '../../shell/states.tsx';
import { Time } from '../../shell/time.tsx';
import classes from './refund-list.module.css';

/** The refunds of an order, oldest first. */
export function RefundList({
  order,
  refunds,
}: {
  order: OrderReply;
  refunds: UseQueryResult<RefundReply[]>;
}) {
  const isExpected = order.amountRefunded > 0n;
  if (refunds.data === undefined ? !isExpected : refunds.data.length === 0) return null;
  return (
    <section className={classes['refunds']} aria-labelledby="refunds">
      <Title order={2} id="refunds">
        Refunds
      </Title>
      {refunds.data ? (
        <ul className={classes['list']}>
          {refunds.data.map((refund) => (
            <Refund key={refund.refundId} refund={refund} />
          ))}
        </ul>
      ) : refunds.isError ? (
        <ErrorState what="the refunds" error={refunds.error} retry={() => void refunds.refetch()} />
      ) : (
        // As high as the one refund that most orders have, so that nothing moves when it comes.
        <Skeleton className={classes['coming']} role="status" aria-label="Loading" />
      )}
    </section>
  );
}

function Refund({ refund }: { refund: RefundReply }) {
  const { amount, currency, reason, status, createdAt, refundedAt } = refund;
  return (
    <li>
      <span className={classes['amount']}>
        <Money amount={amount} currency={currency} />
      </span>
      <span className={classes['reason']} dir="auto">
        {reason}
      </span>
      <span className={classes['state']}>
        {status === 'succeeded' ? 'Returned' : 'Under way'} <Time at={refundedAt ?? createdAt} />
      </span>
    </li>
  );
}
