import { ApiProblem } from '@gozon/client';
import { Alert, Anchor, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { ArrowLeft } from 'lucide-react';
import { Link } from 'wouter';
import type { OrderReply } from '#contracts/http/orders-api.ts';
import { useCustomer } from '../identity/customer-context.ts';
import { Money } from '../money/money.tsx';
import { amountOf } from '../order-list/amount-of.ts';
import { explainDecline } from '../order-list/explain-decline.ts';
import { StatusBadge } from '../order-list/status-badge.tsx';
import { ErrorBoundary } from '../shell/error-boundary.tsx';
import { ErrorState, EmptyState, LoadingState } from '../shell/states.tsx';
import { CancelOrder } from './actions/cancel-order.tsx';
import { CaptureOrder } from './actions/capture-order.tsx';
import { RefundPart } from './actions/refund-part.tsx';
import { HoldNotice } from './money/hold-notice.tsx';
import { leftToRefund } from './money/left-to-refund.ts';
import { RefundList } from './money/refund-list.tsx';
import { useRefunds } from './money/use-refunds.ts';
import { OrderFacts } from './order-facts.tsx';
import { OrderTimeline } from './order-timeline.tsx';
import { useNow } from './use-now.ts';
import { useOrder } from './use-order.ts';
import classes from './order-page.module.css';

/** One order: its facts, its actions and its timeline. */
export function OrderPage({ orderId }: { orderId: string }) {
  const order = useOrder(orderId);
  useDocumentTitle(`${order.data?.description ?? 'Order'} · Gozon`);
  return (
    <Stack gap="md">
      <Anchor component={Link} href="/" className={classes['back']} size="sm">
        <ArrowLeft size={14} aria-hidden /> All orders
      </Anchor>
      {order.data ? (
        <ErrorBoundary what="this order">
          <OrderSummary order={order.data} />
        </ErrorBoundary>
      ) : (
        <Paper withBorder radius="md" p="lg">
          {order.isError ? (
            <OrderError error={order.error} retry={() => void order.refetch()} />
          ) : (
            <LoadingState lines={4} />
          )}
        </Paper>
      )}
      {order.data && (
        <ErrorBoundary what="the timeline">
          <OrderTimeline order={order.data} />
        </ErrorBoundary>
      )}
    </Stack>
  );
}

function OrderSummary({ order }: { order: OrderReply }) {
  const refunds = useRefunds(order);
  const left = leftToRefund(order, refunds.data);
  const now = useNow(order.status === 'authorized');
  const hasEnded = order.captureBefore !== null && Date.parse(order.captureBefore) <= now;
  return (
    <Paper withBorder radius="md" p="lg">
      <div className={classes['head']}>
        <div className={classes['title']}>
          <Title order={1} dir="auto">
            {order.description ?? `Order ${order.orderId.slice(-8)}`}
          </Title>
          <div className={classes['sum']} aria-live="polite">
            <Text component="span" className={classes['amount']}>
              <Money amount={amountOf(order)} currency={order.currency} />
            </Text>
            {amountOf(order) < order.amount && (
              <Text component="span" c="dimmed" size="sm">
                of <Money amount={order.amount} currency={order.currency} />
              </Text>
            )}
            <StatusBadge order={order} />
          </div>
        </div>
        <Group gap="xs">
          <CaptureOrder order={order} hasEnded={hasEnded} />
          <RefundPart order={order} left={left} />
          <CancelOrder order={order} left={left} />
        </Group>
      </div>
      <HoldNotice order={order} now={now} />
      {order.status === 'failed' && (
        <Alert color="red" variant="light" mt="md" title="This order was declined">
          {explainDecline(order.failureReason)}
        </Alert>
      )}
      {order.cancellationReason === 'expired' && (
        <Alert color="gray" variant="light" mt="md" title="The hold has ended">
          It was not captured in time. What was reserved is available to you again.
        </Alert>
      )}
      <OrderFacts order={order} />
      <RefundList order={order} refunds={refunds} />
    </Paper>
  );
}

function OrderError({ error, retry }: { error: unknown; retry: () => void }) {
  const customer = useCustomer();
  const isRefused = error instanceof ApiProblem && error.status < 500;
  if (!isRefused) return <ErrorState what="this order" error={error} retry={retry} />;
  return (
    <EmptyState title="You have no such order">
      The link may be mistyped, or the order belongs to another customer than {customer.userId.slice(0, 8)}.
    </EmptyState>
  );
}
