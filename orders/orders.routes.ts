import Router from '@koa/router';
import { listOrdersQuery, placeOrderBody } from '#contracts/orders-api.ts';
import type { Kysely } from '#platform/database.ts';
import { sendJson } from '#platform/http-server.ts';
import type { RequestState } from '#platform/http-server.ts';
import { readIdempotency, sendRepeatable } from '#platform/idempotency.ts';
import {
  callerOf,
  readBody,
  requireSelf,
  requireUser,
  uuidParameter,
  validate,
} from '#platform/request-input.ts';
import { getOrder, listOrders } from './find-orders.ts';
import { placeOrder } from './place-order.ts';
import type { OrdersTables } from './schema.ts';

export interface OrdersRoutes {
  readonly db: Kysely<OrdersTables>;
  readonly currency: string;
  readonly hintRelay: () => void;
}

/** The orders API. A user sees his own orders only; another's is as absent as one that never was. */
export function ordersRoutes({ db, currency, hintRelay }: OrdersRoutes) {
  const router = new Router<RequestState>({ prefix: '/api/orders' });
  router.use(requireUser);

  router.post('/', async (ctx) => {
    const body = await readBody(ctx, placeOrderBody);
    requireSelf(ctx, body.userId);
    const { amount, description } = body;
    const idempotency = readIdempotency(ctx, ['place order', amount, description]);
    const { traceparent } = ctx.state;
    const userId = callerOf(ctx);
    const command = { userId, amount, currency, description, traceparent, idempotency };
    const placed = await placeOrder(db, command, hintRelay);
    ctx.set('Location', `/api/orders/${placed.reply.orderId}`);
    sendRepeatable(ctx, 201, placed);
  });

  router.get('/', async (ctx) => {
    const { status, limit, cursor } = validate(listOrdersQuery, { ...ctx.query }, 'invalid_parameter');
    sendJson(ctx, 200, await listOrders(db, { userId: callerOf(ctx), status, limit, cursor }));
  });

  router.get('/:orderId', async (ctx) => {
    const orderId = uuidParameter('orderId', ctx.params['orderId']);
    sendJson(ctx, 200, await getOrder(db, callerOf(ctx), orderId));
  });

  return router;
}
