import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { sql } from 'kysely';
import type { PaymentWish } from '#contracts/values/decision.ts';
import { cancelWorkflowId, paymentWorkflowId } from '#contracts/values/workflow-ids.ts';
import { cancelOrder } from '#orders/order/cancel-order.ts';
import { TRACEPARENT, openShop } from '#test/support/database/orders-database.ts';
import type { Shop } from '#test/support/database/orders-database.ts';
import { cancelWish, payWish, releaseWish } from '#test/support/database/signing.ts';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';

describe('the outbox of orders', () => {
  let shop: Shop;
  beforeEach(async () => {
    shop = await openShop();
  });
  afterEach(async () => shop[Symbol.asyncDispose]());

  const rows = async () =>
    (
      await sql`select kind, workflow_id, payload, traceparent from outbox order by outbox_id`.execute(
        shop.db,
      )
    ).rows;
  const cancel = async ({ orderId, userId }: { orderId: string; userId: string }) =>
    cancelOrder(shop.db, { orderId, userId, traceparent: TRACEPARENT, idempotency: undefined }, () => {});

  it('has the ids and the payload that the workflows of an order expect', async () => {
    const { reply } = await shop.place({ amount: 1250n });
    await cancel(reply);
    const { orderId, userId } = reply;
    const payment = { orderId, userId, amount: 1250n, currency: 'EUR' };
    const { signature } = releaseWish(payment, { refund: 1250n });
    const payload = (wish: PaymentWish) => ({ ...wish, amount: '1250' });
    assert.deepEqual(await rows(), [
      {
        kind: 'pay',
        workflowId: paymentWorkflowId(orderId),
        payload: payload(payWish(payment)),
        traceparent: TRACEPARENT,
      },
      {
        kind: 'cancel',
        workflowId: cancelWorkflowId(orderId),
        payload: {
          ...payload(cancelWish(payment)),
          cancel: { reason: 'requested', refund: '1250', signature },
        },
        traceparent: TRACEPARENT,
      },
    ]);
  });

  it('has the same rows when a copy of an older version writes them by order', async () => {
    const { reply } = await shop.place({ amount: 7n });
    const placed = await rows();
    await sql`delete from outbox`.execute(shop.db);
    await sql`insert into outbox (order_id, kind, traceparent) values (${reply.orderId}, 'pay', ${TRACEPARENT})`.execute(
      shop.db,
    );
    assert.deepEqual(await rows(), placed);
  });

  it('tells a copy of an older version the order of each row', async () => {
    const { orderId } = (await shop.place()).reply;
    const found = await sql`select order_id from outbox join orders_to_pay using (order_id)`.execute(shop.db);
    assert.deepEqual(found.rows, [{ orderId }]);
  });

  it('is written by the same function as outbox.sql has', async () => {
    const file = readFileSync(path.join(CHECKOUT, 'packages/temporal-outbox/outbox.sql'), 'utf8');
    const body = /function enqueue_workflow[^$]*\$\$([^$]*)\$\$/.exec(file)?.[1];
    const { rows: found } = await sql<{ prosrc: string }>`
      select prosrc from pg_proc where proname = 'enqueue_workflow' and pronargs = 5`.execute(shop.db);
    const words = (text = '') => text.split(/\s+/).filter(Boolean);
    assert.ok(body);
    assert.deepEqual(words(found[0]?.prosrc), words(body));
  });
});
