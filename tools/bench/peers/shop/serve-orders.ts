import { once } from 'node:events';
import { json } from 'node:stream/consumers';
import Router from '@koa/router';
import Koa from 'koa';
import { KEEP_ALIVE } from '#contracts/values/deadlines.ts';
import { newId } from '#contracts/values/ids.ts';
import { LOOPBACK } from '#tools/stack/settings/settings.ts';
import { log } from './peer-settings.ts';

export interface NewOrder {
  /** Of the order, unless the customer has an earlier one with the same key. */
  readonly orderId: string;
  readonly userId: string;
  readonly idempotencyKey: string | undefined;
  /** In minor units. */
  readonly amount: number;
}

/**
 * The HTTP front of every peer, behind the product's gateway.
 * @param place stores the order, and returns its id, or that of the earlier order with the same key
 */
export async function serveOrders(
  port: number,
  place: (order: NewOrder) => Promise<string>,
  addRoutes: (router: Router) => void = () => {},
): Promise<void> {
  const router = new Router();
  router.post('/api/orders', async (ctx) => {
    const { amount } = (await json(ctx.req)) as { amount: number };
    const idempotencyKey = ctx.get('Idempotency-Key') || undefined;
    const orderId = await place({ orderId: newId(), userId: ctx.get('X-User-Id'), idempotencyKey, amount });
    ctx.status = 201;
    ctx.body = { orderId };
  });
  addRoutes(router);
  const app = new Koa();
  app.on('error', (error: unknown) => log.warn({ err: error }, 'a request failed'));
  app.use(router.routes());
  const server = app.listen(port, LOOPBACK);
  // Or a request of the gateway could meet a connection that is being closed.
  server.keepAliveTimeout = KEEP_ALIVE.service;
  await once(server, 'listening');
}
