// HTTP front, and the endpoint where Restate's server calls the workflow.
import { once } from 'node:events';
import { createServer } from 'node:http2';
import { createEndpointHandler, workflow } from '@restatedev/restate-sdk';
import type { WorkflowContext } from '@restatedev/restate-sdk';
import { LOOPBACK } from '#tools/stack/settings/settings.ts';
import { applyOutcomes } from '../shop/apply-outcomes.ts';
import { debitOrder } from '../shop/debit-order.ts';
import type { OrderToDebit } from '../shop/events.ts';
import { READY, openPool, readPeerSettings } from '../shop/peer-settings.ts';
import { placeOrder } from '../shop/place-order.ts';
import { serveOrders } from '../shop/serve-orders.ts';
import { sweepUndecided } from '../shop/sweep-undecided.ts';

const settings = readPeerSettings();
const { INGRESS: ingress, ENDPOINT_PORT: endpointPort } = process.env;
const orders = openPool(settings.ordersUrl);
const payments = openPool(settings.paymentsUrl);

/** A step may run again until its result is in the journal: the functions are idempotent. */
const payOrder = workflow({
  name: 'payOrder',
  handlers: {
    async run(ctx: WorkflowContext, order: OrderToDebit) {
      const outcome = await ctx.run('debit', async () => debitOrder(payments, order));
      await ctx.run('apply', async () => applyOutcomes(orders, [outcome]));
    },
  },
});

const endpoint = createServer(createEndpointHandler({ services: [payOrder] }));
endpoint.listen(Number(endpointPort), LOOPBACK);
await once(endpoint, 'listening');

/** To send it again is harmless: the key of the workflow is the id of the order. */
async function start(order: OrderToDebit): Promise<void> {
  const reply = await fetch(`${ingress}/payOrder/${order.orderId}/run/send`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(order),
  });
  if (!reply.ok) throw new Error(`Restate answered ${reply.status}: ${await reply.text()}`);
  await reply.arrayBuffer();
}

void sweepUndecided(orders, start);
await serveOrders(settings.port, async (order) => {
  const orderId = await placeOrder(orders, order, { toOutbox: false });
  await start({ orderId, userId: order.userId, amount: String(order.amount) });
  return orderId;
});
console.log(READY);
