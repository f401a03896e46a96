import { createFairLimit } from '@gozon/timing';
import Router from '@koa/router';
import type { DecisionReply } from '#contracts/http/decisions-api.ts';
import {
  cancelOrderRoute,
  captureOrderRoute,
  followOrdersRoute,
  getOrderRoute,
  getTimelineRoute,
  listOrdersRoute,
  listRefundsRoute,
  placeOrderRoute,
  refundOrderRoute,
} from '#contracts/http/orders-api.ts';
import type { RunsReply } from '#contracts/http/runs-api.ts';
import type { Role } from '#contracts/values/roles.ts';
import type { Cursors } from '#platform/http/cursors.ts';
import { requireUser } from '#platform/http/identity.ts';
import { limitStreams } from '#platform/http/limits/limit-streams.ts';
import type { RequestState } from '#platform/http/request-context.ts';
import { bindRoute } from '#platform/http/route.ts';
import { cancelOrder } from './order/cancel-order.ts';
import { captureOrder } from './order/capture-order.ts';
import { captureWithinOf } from './order/capture-within.ts';
import type { CaptureWithinBounds } from './order/capture-within.ts';
import { getOrder, listOrders } from './order/get-orders.ts';
import type { OrderReader } from './order/get-orders.ts';
import { placeOrder } from './order/place-order.ts';
import { listRefunds, refundOrder } from './order/refund-order.ts';
import type { Database } from './schema.ts';
import type { OrderFeed } from './stream/open-order-feed.ts';
import { streamOrders } from './stream/stream-orders.ts';
import { getTimeline } from './timeline/get-timeline.ts';
import { limitTimelines } from './timeline/limit-timelines.ts';
import type { ServiceClient } from './timeline/service-client.ts';

export interface OrdersRoutesOptions {
  readonly db: Database;
  readonly currency: string;
  /** How many orders of one user may be undecided. */
  readonly mostUndecided: number;
  readonly captureWithin: CaptureWithinBounds;
  /** Called when the outbox has a new row. */
  readonly hint: () => void;
  readonly feed: OrderFeed;
  readonly cursors: Cursors;
  readonly askPayments: ServiceClient<DecisionReply>;
  readonly askWorkflows: ServiceClient<RunsReply>;
  /** Aborts when the process receives the signal to stop. */
  readonly signal: AbortSignal;
}

/**
 * The orders API. Customers see only their own orders: another's order is answered as one that does not exist. Merchants and
 * operators may read each.
 */
export function ordersRoutes(deps: OrdersRoutesOptions) {
  const { db, currency, mostUndecided, hint, feed, cursors, signal } = deps;
  const router = new Router<RequestState>();
  router.use(requireUser);

  bindRoute(router, placeOrderRoute, async ({ body, caller, idempotency, trace }) => {
    const { amount, description } = body;
    const captureWithin = captureWithinOf(body, deps.captureWithin);
    const command = {
      userId: caller,
      amount,
      currency,
      description,
      captureWithin,
      ...trace,
      idempotency,
    };
    const { reply, replayed } = await placeOrder(db, command, { mostUndecided, hint });
    return { body: reply, replayed, headers: { Location: `/api/orders/${reply.orderId}` } };
  });

  bindRoute(router, cancelOrderRoute, async ({ params, caller, idempotency, trace }) => {
    const command = { userId: caller, orderId: params.orderId, ...trace, idempotency };
    const { reply, replayed } = await cancelOrder(db, command, hint);
    return { body: reply, replayed };
  });

  bindRoute(router, captureOrderRoute, async ({ params, caller, body, idempotency, trace }) => {
    const command = { orderId: params.orderId, requestedBy: caller, ...body, ...trace, idempotency };
    const { reply, replayed } = await captureOrder(db, { amount: undefined, ...command }, hint);
    return { body: reply, replayed };
  });

  bindRoute(router, refundOrderRoute, async ({ params, caller, body, idempotency, trace }) => {
    const { amount, reason } = body;
    const command = {
      orderId: params.orderId,
      requestedBy: caller,
      amount,
      reason,
      ...trace,
      idempotency,
    };
    const { reply, replayed } = await refundOrder(db, command, hint);
    return { body: reply, replayed };
  });

  bindRoute(router, listRefundsRoute, async (request) => ({
    body: { items: await listRefunds(db, readerOf(request), request.params.orderId) },
  }));

  bindRoute(router, listOrdersRoute, async ({ caller, query }) => {
    const cursor = cursors.verify(caller, query.cursor);
    return { body: cursors.sign(caller, await listOrders(db, { userId: caller, ...query, cursor })) };
  });

  const replays = createFairLimit({ most: 2, each: 1 });
  router.use(followOrdersRoute.path, limitStreams({ signal }));
  bindRoute(router, followOrdersRoute, async ({ caller, headers, trace, log }) => {
    const request = { userId: caller, lastEventId: headers['last-event-id'], trace };
    return { body: await streamOrders({ db, feed, replays, log, signal }, request) };
  });

  const mayAskForTimeline = limitTimelines();
  bindRoute(router, getTimelineRoute, async (request) => {
    const { params, trace, requestId, log } = request;
    await mayAskForTimeline(request.caller);
    const reader = readerOf(request);
    return { body: await getTimeline(deps, { reader, ...params, ...trace, requestId, log }) };
  });

  bindRoute(router, getOrderRoute, async (request) => {
    const order = await getOrder(db, readerOf(request), request.params.orderId);
    return { body: order, headers: { ETag: `"${order.status}-${Date.parse(order.updatedAt)}"` } };
  });

  return router;
}

function readerOf({ caller, roles }: { caller: string; roles: ReadonlySet<Role> }): OrderReader {
  return { userId: caller, readsAll: roles.has('merchant') || roles.has('operator') };
}
