import { Group, Paper, Text, Title } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import type { OrderReply, TimelineReply } from '#contracts/http/orders-api.ts';
import { keys } from '../api/order-cache.ts';
import { useCustomer } from '../identity/customer-context.ts';
import { ErrorState, LoadingState } from '../shell/states.tsx';
import { TimelineLanes } from './timeline/timeline-lanes.tsx';
import { TimelineList } from './timeline/timeline-list.tsx';
import { TraceLink } from './trace-link.tsx';
import { useLaneStatus } from './use-lane-status.ts';
import { useNow } from './use-now.ts';
import classes from './timeline/timeline.module.css';

/** In ms, while the order is not settled. */
const REFETCH_INTERVAL = 1_000;

/** In pixels. On a narrower screen lanes would be too short to show anything. */
const MIN_LANES_WIDTH = 620;

/** Everything that happened to an order: a lane for each part of the system, or on a narrow screen one list. */
export function OrderTimeline({ order }: { order: OrderReply }) {
  const customer = useCustomer();
  const isWaiting = waitsForHold(order);
  const now = useNow(isWaiting);
  const hasEnded = isWaiting && Date.parse(order.captureBefore ?? '') <= now;
  const timeline = useQuery({
    queryKey: keys.timeline(customer.userId, order.orderId),
    queryFn: async () => customer.timeline(order.orderId),
    refetchInterval: ({ state: { data, status } }) =>
      data && (status === 'error' || (isWaiting && !hasEnded ? !isCalm(data) : isUnsettled(order, data)))
        ? REFETCH_INTERVAL
        : false,
  });
  const warnings = useLaneStatus(timeline);
  const placed = timeline.data?.entries.find((entry) => entry.what === 'order_placed');
  const { ref, width } = useElementSize();
  return (
    <Paper withBorder radius="md" p="lg" component="section" aria-labelledby="timeline">
      <Group justify="space-between">
        <Title order={2} id="timeline">
          Timeline
        </Title>
        {placed && <TraceLink trace={placed.detail}>Trace</TraceLink>}
      </Group>
      <Text size="sm" c="dimmed" mb="md">
        Every part of the system that this order went through. Select an entry to see its raw data.
      </Text>
      <div ref={ref} className={classes['timeline']}>
        {timeline.data ? (
          width > 0 &&
          (width < MIN_LANES_WIDTH ? (
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
          <ErrorState what="the timeline" error={timeline.error} retry={() => void timeline.refetch()} />
        ) : (
          <LoadingState lines={10} />
        )}
      </div>
    </Paper>
  );
}

/** Whether nothing was asked for that would close the order's hold. */
function waitsForHold({ status, captureRequestedAt, cancelRequestedAt }: OrderReply): boolean {
  return status === 'authorized' && captureRequestedAt === null && cancelRequestedAt === null;
}

/** Whether a hold's workflow does nothing but wait, which it may for days. The stream brings the next change. */
function isCalm({ entries, missing }: TimelineReply): boolean {
  const open = entries.filter(({ until }) => until === null).map(({ what }) => what);
  return missing.length === 0 && open.includes('timer') && open.every((what) => WAITING.has(what));
}

const WAITING: ReadonlySet<string> = new Set(['timer', 'workflow_run']);

function isUnsettled(order: OrderReply, { entries, missing }: TimelineReply): boolean {
  const isOver =
    order.status !== 'created' &&
    order.status !== 'authorized' &&
    (order.cancelRequestedAt === null || order.status !== 'paid');
  return !isOver || missing.length > 0 || entries.some(({ until }) => until === null);
}
