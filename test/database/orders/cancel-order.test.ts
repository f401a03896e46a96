import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { newId } from '#contracts/values/ids.ts';
import type { OrderStatus } from '#contracts/values/order-status.ts';
import { cancelOrder } from '#orders/order/cancel-order.ts';
import { getOrder } from '#orders/order/get-orders.ts';
import { TRACEPARENT, openShop } from '#test/support/database/orders-database.ts';
import type { Shop } from '#test/support/database/orders-database.ts';
import { isProblem } from '#test/support/is-problem.ts';

describe('cancelling an order', () => {
  let shop: Shop;
  before(async () => {
    shop = await openShop();
  });
  after(async () => shop[Symbol.asyncDispose]());

  const keyed = (key: string, request = key) => ({
    key,
    requestHash: createHash('sha256').update(request).digest(),
  });

  async function cancel(order: { userId: string; orderId: string }, idempotency?: ReturnType<typeof keyed>) {
    const { userId, orderId } = order;
    return cancelOrder(shop.db, { userId, orderId, traceparent: TRACEPARENT, idempotency }, () => {});
  }

  async function place(status: OrderStatus = 'created') {
    const { reply } = await shop.place();
    const rank = { created: 0, authorized: 1, paid: 1, failed: 1, cancelled: 1, refunded: 2 }[status];
    await sql`
      update orders set status = ${status}, status_rank = ${rank},
        failure_reason = ${status === 'failed' ? 'insufficient_funds' : null}
      where order_id = ${reply.orderId}`.execute(shop.db);
    return reply;
  }

  async function traces(orderId: string) {
    const { rows } = await sql`
      select kind, traceparent from outbox where order_id = ${orderId} order by outbox_id`.execute(shop.db);
    return { outbox: rows, events: await shop.eventsOf(orderId) };
  }

  for (const status of ['created', 'paid'] as const) {
    it(`that is ${status} stores the wish, what is due for it, and an event`, async () => {
      const order = await place(status);
      const { reply, replayed } = await cancel(order);
      assert.equal(replayed, false);
      assert.equal(reply.status, status);
      assert.ok(reply.cancelRequestedAt !== null && reply.cancelRequestedAt === reply.updatedAt);
      assert.deepEqual(
        await getOrder(shop.db, { userId: order.userId, readsAll: false }, order.orderId),
        reply,
      );
      assert.deepEqual(await traces(order.orderId), {
        outbox: [
          { kind: 'pay', traceparent: TRACEPARENT },
          { kind: 'cancel', traceparent: TRACEPARENT },
        ],
        events: ['created', status],
      });
    });
  }

  for (const status of ['failed', 'cancelled', 'refunded'] as const) {
    it(`that is ${status} is refused, and leaves no trace`, async () => {
      const order = await place(status);
      const before = [
        await getOrder(shop.db, { userId: order.userId, readsAll: false }, order.orderId),
        await traces(order.orderId),
      ];
      await assert.rejects(cancel(order, keyed(newId())), isProblem('order_not_cancellable'));
      assert.deepEqual(
        [
          await getOrder(shop.db, { userId: order.userId, readsAll: false }, order.orderId),
          await traces(order.orderId),
        ],
        before,
      );
    });
  }

  it('gives the order a later time, though the clock stepped back', async () => {
    const order = await place();
    await sql`update orders set updated_at = now() + interval '1 hour' where order_id = ${order.orderId}`.execute(
      shop.db,
    );
    const before = await getOrder(shop.db, { userId: order.userId, readsAll: false }, order.orderId);
    const { reply } = await cancel(order);
    assert.equal(Date.parse(reply.updatedAt), Date.parse(before.updatedAt) + 1);
  });

  it('of another customer is as absent as one that never was', async () => {
    const order = await place();
    const stranger = cancel({ ...order, userId: newId() }, keyed(newId()));
    await assert.rejects(stranger, isProblem('order_not_found'));
    await assert.rejects(cancel({ ...order, orderId: newId() }), isProblem('order_not_found'));
    assert.equal(
      (await getOrder(shop.db, { userId: order.userId, readsAll: false }, order.orderId)).cancelRequestedAt,
      null,
    );
  });

  it('twice is accepted twice and stored once, even at the same moment', async () => {
    const order = await place();
    const replies = await Promise.all(Array.from({ length: 8 }, async () => cancel(order)));
    for (const { reply } of replies) assert.deepEqual(reply, replies[0]?.reply);
    assert.deepEqual((await traces(order.orderId)).events, ['created', 'created']);
    assert.equal((await traces(order.orderId)).outbox.length, 2);
  });

  it('with a key replays its reply, also when the order has moved on since; for another order it is refused', async () => {
    const order = await place();
    const key = newId();
    const { reply } = await cancel(order, keyed(key));
    await sql`
      update orders set status = 'cancelled', status_rank = 1 where order_id = ${order.orderId}`.execute(
      shop.db,
    );
    assert.deepEqual(await cancel(order, keyed(key)), { reply, replayed: true });
    const other = await place();
    await assert.rejects(cancel({ ...other, userId: order.userId }, keyed(key, 'another request')), {
      code: 'idempotency_key_reused',
    });
  });
});
