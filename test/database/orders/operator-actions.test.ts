import assert from 'node:assert/strict';
import { sql } from 'kysely';
import type { OrderReply } from '#contracts/http/orders-api.ts';
import { newId } from '#contracts/values/ids.ts';
import { cancelForCustomer } from '#orders/operator/cancel-for-customer.ts';
import { listActions } from '#orders/operator/list-actions.ts';
import { TRACEPARENT, openShop } from '#test/support/database/orders-database.ts';
import type { Shop } from '#test/support/database/orders-database.ts';
import { isProblem } from '#test/support/is-problem.ts';

describe('what an operator did', () => {
  let shop: Shop;
  before(async () => {
    shop = await openShop();
  });
  after(async () => shop[Symbol.asyncDispose]());

  const actor = newId();
  const cancel = async ({ orderId }: Pick<OrderReply, 'orderId'>, reason = 'asked by phone') =>
    cancelForCustomer(shop.db, { orderId, actor, as: 'Ada', reason, traceparent: TRACEPARENT }, () => {});

  it('is recorded with who, when and why, together with the cancel of any customer’s order', async () => {
    const { reply: order } = await shop.place();
    const cancelled = await cancel(order);
    assert.equal(cancelled.userId, order.userId);
    assert.notEqual(cancelled.cancelRequestedAt, null);
    const [newest] = (await listActions(shop.db, { limit: 1 })).items;
    const { actionId, at, ...action } = newest ?? assert.fail();
    assert.deepEqual(action, {
      actor,
      as: 'Ada',
      action: 'cancel',
      orderId: order.orderId,
      reason: 'asked by phone',
      detail: {},
    });
    assert.match(actionId, /^[0-9]+$/);
    assert.ok(Date.parse(at) >= Date.parse(order.createdAt));
  });

  it('is not recorded of a cancel that is refused', async () => {
    const { reply: order } = await shop.place();
    await sql`
      update orders set status = 'failed', status_rank = 1, failure_reason = 'insufficient_funds'
      where order_id = ${order.orderId}`.execute(shop.db);
    const { items: before } = await listActions(shop.db, { limit: 100 });
    await assert.rejects(cancel(order), isProblem('order_not_cancellable'));
    await assert.rejects(cancel({ orderId: newId() }), isProblem('order_not_found'));
    assert.deepEqual((await listActions(shop.db, { limit: 100 })).items, before);
  });

  it('leaves no cancel behind when it cannot be recorded', async () => {
    const { reply: order } = await shop.place();
    await assert.rejects(cancel(order, ''));
    const { rows } = await sql`
      select cancel_requested_at from orders where order_id = ${order.orderId}`.execute(shop.db);
    assert.deepEqual(rows, [{ cancelRequestedAt: null }]);
  });

  it('is listed newest first, a page at a time', async () => {
    for (const _ of [1, 2, 3]) await cancel((await shop.place()).reply);
    const all = (await listActions(shop.db, { limit: 100 })).items;
    const paged = [];
    for (let cursor: string | undefined; ;) {
      const page = await listActions(shop.db, { limit: 2, cursor });
      paged.push(...page.items);
      if (page.nextCursor === null) break;
      cursor = page.nextCursor;
    }
    assert.deepEqual(paged, all);
    const times = all.map(({ at }) => at);
    assert.deepEqual(times, times.toSorted().toReversed());
  });

  for (const statement of [
    `update operator_actions set reason = 'another'`,
    'delete from operator_actions',
    'truncate operator_actions',
  ]) {
    it(`is only added to, also by the service: ${statement}`, async () => {
      await cancel((await shop.place()).reply);
      const before = await listActions(shop.db, { limit: 100 });
      await assert.rejects(sql.raw(statement).execute(shop.db), { code: '42501' });
      assert.deepEqual(await listActions(shop.db, { limit: 100 }), before);
    });
  }
});
