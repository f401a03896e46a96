import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { newId } from '#contracts/values/ids.ts';
import type { OrderStatus } from '#contracts/values/order-status.ts';
import { getOrder, listOrders } from '#orders/order/get-orders.ts';
import { openShop } from '#test/support/database/orders-database.ts';
import type { Shop } from '#test/support/database/orders-database.ts';
import { isProblem } from '#test/support/is-problem.ts';

/** As the route reads it. */

describe("a user's orders", () => {
  let shop: Shop;
  before(async () => {
    shop = await openShop();
  });
  after(async () => shop[Symbol.asyncDispose]());

  async function placeSeveral(userId: string, count: number): Promise<string[]> {
    const ids: string[] = [];
    for (let n = 0; n < count; n++) ids.push((await shop.place({ userId })).reply.orderId);
    return ids.toReversed();
  }

  /** All pages, with what `between` does after each. */
  async function pages(
    userId: string,
    limit: number,
    between: () => Promise<unknown> = async () => {},
    status?: OrderStatus,
  ) {
    const found: string[][] = [];
    let cursor: string | undefined;
    do {
      const page = await listOrders(shop.db, { userId, status, limit, cursor });
      found.push(page.items.map(({ orderId }) => orderId));
      cursor = page.nextCursor ?? undefined;
      await between();
    } while (cursor !== undefined);
    return found;
  }

  it('come newest first, though the clock of the copy that placed one is behind', async () => {
    const userId = newId();
    const [first] = await placeSeveral(userId, 1);
    mock.timers.enable({ apis: ['Date'], now: Date.now() - 2 * 3_600_000 });
    const [second] = await placeSeveral(userId, 1).finally(() => mock.timers.reset());
    assert.deepEqual(await pages(userId, 10), [[second, first]]);
  });

  it('come newest first, in pages that neither repeat nor miss one', async () => {
    const userId = newId();
    const ids = await placeSeveral(userId, 7);
    assert.deepEqual(await pages(userId, 3), [ids.slice(0, 3), ids.slice(3, 6), ids.slice(6)]);
  });

  it('come in the same pages while new ones are placed', async () => {
    const userId = newId();
    const ids = await placeSeveral(userId, 7);
    const found = await pages(userId, 2, async () => placeSeveral(userId, 3));
    assert.deepEqual(found.flat(), ids);
  });

  it('end with the page that they fill', async () => {
    const userId = newId();
    const ids = await placeSeveral(userId, 4);
    assert.deepEqual(await pages(userId, 2), [ids.slice(0, 2), ids.slice(2)]);
    assert.deepEqual(await pages(userId, 4), [ids]);
  });

  it('are none at first', async () => {
    const nobody = await listOrders(shop.db, {
      userId: newId(),
      status: undefined,
      limit: 20,
      cursor: undefined,
    });
    assert.deepEqual(nobody, { items: [], nextCursor: null });
  });

  it('are paged by status too', async () => {
    const userId = newId();
    const ids = await placeSeveral(userId, 6);
    const paid = ids.filter((_, index) => index % 2 === 0);
    await shop.db
      .updateTable('orders')
      .set({ status: 'paid', statusRank: 1 })
      .where('orderId', 'in', paid)
      .execute();
    assert.deepEqual((await pages(userId, 2, undefined, 'paid')).flat(), paid);
    assert.deepEqual(
      (await pages(userId, 2, undefined, 'created')).flat(),
      ids.filter((id) => !paid.includes(id)),
    );
  });

  it('are shown to nobody else, neither one by one nor with a cursor of theirs', async () => {
    const [owner, other] = [newId(), newId()];
    const [newest = '', oldest = ''] = await placeSeveral(owner, 2);
    assert.equal((await getOrder(shop.db, { userId: owner, readsAll: false }, oldest)).userId, owner);
    await assert.rejects(
      getOrder(shop.db, { userId: other, readsAll: false }, oldest),
      isProblem('order_not_found'),
    );
    await assert.rejects(
      getOrder(shop.db, { userId: other, readsAll: false }, newId()),
      isProblem('order_not_found'),
    );
    assert.equal((await getOrder(shop.db, { userId: other, readsAll: true }, oldest)).userId, owner);
    const page = await listOrders(shop.db, { userId: other, status: undefined, limit: 20, cursor: newest });
    assert.deepEqual(page.items, []);
  });
});
