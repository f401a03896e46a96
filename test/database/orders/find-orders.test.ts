import assert from 'node:assert/strict';
import { sql } from 'kysely';
import type { OrderReply } from '#contracts/http/orders-api.ts';
import { newId } from '#contracts/values/ids.ts';
import { findOrdersOfAll } from '#orders/operator/find-orders.ts';
import { openShop } from '#test/support/database/orders-database.ts';
import type { Shop } from '#test/support/database/orders-database.ts';

describe('the orders that an operator finds', () => {
  let shop: Shop;
  /** By day of January, two of each: the first is paid. */
  const placed = new Map<string, OrderReply[]>();
  const [ada, bob] = [newId(), newId()];
  before(async () => {
    shop = await openShop();
    for (const [day, userId] of [
      ['01', ada],
      ['02', bob],
      ['03', ada],
    ] as const) {
      const at = new Date(`2026-01-${day}T12:00:00.000Z`);
      const orders = [];
      for (const [nth, status] of ['paid', 'created'].entries()) {
        const id = `${(at.getTime() + nth).toString(16).padStart(12, '0')}700080000000000000${day}`;
        const { rows } = await sql<OrderReply>`
          insert into orders (order_id, user_id, amount, currency, status, status_rank)
          values (${id}::uuid, ${userId}, 1, 'EUR', ${status}, ${status === 'created' ? 0 : 1})
          returning order_id`.execute(shop.db);
        orders.push(...rows);
      }
      placed.set(day, orders);
    }
  });
  after(async () => shop[Symbol.asyncDispose]());

  const [first, second] = [0, 1];
  const idOf = (day: string, nth: number) => placed.get(day)?.[nth]?.orderId ?? assert.fail();
  const find = async (query: Partial<Parameters<typeof findOrdersOfAll>[1]>) =>
    (await findOrdersOfAll(shop.db, { limit: 100, ...query })).items.map(({ orderId }) => orderId);

  it('are all of them, newest first, without a filter', async () => {
    const all = ['03', '02', '01'].flatMap((day) => [idOf(day, second), idOf(day, first)]);
    assert.deepEqual(await find({}), all);
  });

  it('are of a customer, a status, a time, and of all of these together', async () => {
    assert.deepEqual(await find({ userId: bob }), [idOf('02', second), idOf('02', first)]);
    assert.deepEqual(await find({ status: 'paid' }), [
      idOf('03', first),
      idOf('02', first),
      idOf('01', first),
    ]);
    const within = { placedAfter: '2026-01-02T00:00:00Z', placedBefore: '2026-01-03T00:00:00Z' };
    assert.deepEqual(await find(within), [idOf('02', second), idOf('02', first)]);
    assert.deepEqual(await find({ ...within, status: 'paid' }), [idOf('02', first)]);
    assert.deepEqual(await find({ ...within, userId: ada }), []);
    const both = { userId: ada, status: 'created', placedAfter: '2026-01-02T00:00:00Z' } as const;
    assert.deepEqual(await find(both), [idOf('03', second)]);
  });

  it('include the moment after which, and exclude the one before which they were placed', async () => {
    const moment = '2026-01-02T12:00:00.000Z';
    assert.ok((await find({ placedAfter: moment })).includes(idOf('02', first)));
    assert.ok(!(await find({ placedBefore: moment })).includes(idOf('02', first)));
  });

  it('are the one with an id, if the other filters fit too', async () => {
    const orderId = idOf('02', first);
    assert.deepEqual(await find({ orderId }), [orderId]);
    assert.deepEqual(await find({ orderId, userId: bob, status: 'paid' }), [orderId]);
    assert.deepEqual(await find({ orderId, userId: ada }), []);
    assert.deepEqual(await find({ orderId, status: 'created' }), []);
    assert.deepEqual(await find({ orderId, placedBefore: '2026-01-01T00:00:00Z' }), []);
    assert.deepEqual(await find({ orderId: newId() }), []);
  });

  for (const [what, query] of Object.entries({
    'no filter': {},
    'a status': { status: 'paid' },
    'a customer and a time': { userId: ada, placedBefore: '2026-01-04T00:00:00Z' },
  } as const)) {
    it(`come a page at a time with ${what}, each once`, async () => {
      const paged = [];
      for (let cursor: string | undefined; ;) {
        const page = await findOrdersOfAll(shop.db, { ...query, limit: 1, cursor });
        paged.push(...page.items.map(({ orderId }) => orderId));
        if (page.nextCursor === null) break;
        cursor = page.nextCursor;
      }
      assert.deepEqual(paged, await find(query));
    });
  }
});
