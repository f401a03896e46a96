import { Paper, Text, Title } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import type { OrderReply, TimelineReply } from '#contracts/http/orders-api.ts';
import { keys } from '../api/order-cache.ts';
import { useCustomer } from '../identity/customer-context.ts';
import { ErrorState, LoadingState } from '../shell/states.tsx';
import { TimelineLanes } from './timeline/timeline-lanes.tsx';
import { TimelineList } from './timeline/timeline-list.tsx';
import { useLaneStatus } from './use-lane-status.ts';
import classes from './timeline/timeline.module.css';

/** In ms; what goes on still is looked at again so often. */
const LOOK_AGAIN = 1_000;

/** Below this width, in pixels, lanes would be too short to tell anything apart. */
const WIDE_ENOUGH = 620;

/** Everything that happened to an order, in time: lanes side by side, or on a narrow screen one thing below the other. */
export function OrderTimeline({ order }: { order: OrderReply }) {
  const customer = useCustomer();
  const timeline = useQuery({
    queryKey: keys.timeline(customer.userId, order.orderId),
    queryFn: async () => customer.timeline(order.orderId),
    refetchInterval: ({ state: { data, status } }) =>
      data && (status === 'error' || goesOn(order, data)) ? LOOK_AGAIN : false,
  });
  const warnings = useLaneStatus(timeline);
  const { ref, width } = useElementSize();
  return (
    <Paper withBorder radius="md" p="lg" component="section" aria-labelledby="what-happened">
      <Title order={2} id="what-happened">
        What happened
      </Title>
      <Text size="sm" c="dimmed" mb="md">
        Every part of the system that this order went through. Long pauses are drawn shorter. Choose anything
        to see its raw data.
      </Text>
      <div ref={ref} className={classes['picture']}>
        {timeline.data ? (
          width > 0 &&
          (width < WIDE_ENOUGH ? (
            <TimelineList timeline={timeline.data} warnings={warnings} currency={order.currency} />
          ) : (
            <TimelineLanes
              timeline={timeline.data}
              warnings={warnings}
              currency={order.currency}
              width={width}
            />
          ))
        ) : timeline.isError ? (
          <ErrorState what="its story" error={timeline.error} again={() => void timeline.refetch()} />
        ) : (
          <LoadingState lines={10} />
        )}
      </div>
    </Paper>
  );
}

function goesOn(order: OrderReply, { entries, missing }: TimelineReply): boolean {
  const isOver = order.status !== 'created' && (order.cancelRequestedAt === null || order.status !== 'paid');
  return !isOver || missing.length > 0 || entries.some(({ until }) => until === null);
}
