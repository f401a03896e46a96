import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { sql } from 'kysely';
import { openDatabase } from '#platform/postgres/database.ts';
import { createLogger } from '#platform/process/logger.ts';
import { createScratchDatabase } from '#test/support/databases.ts';
import { infrastructure } from '#test/support/infrastructure.ts';
import { customerId, seedOrders } from '#tools/bench/growth/seed.ts';
import { checkBalances, checkSingleDebit, checkSums } from '#tools/invariants/check-ledger.ts';
import { checkNothingPending, checkOutbox, checkTransitions } from '#tools/invariants/check-orders.ts';
import { outcomeOf } from '#tools/invariants/check-result.ts';

const ORDERS = 100;

describe('the orders that the benchmark stores', () => {
  it('are as if they had been placed and paid', async () => {
    await using stack = new AsyncDisposableStack();
    const [orders, payments] = [
      stack.use(await createScratchDatabase('orders')),
      stack.use(await createScratchDatabase('payments')),
    ];
    const folder = mkdtempSync(path.join(infrastructure().settings.home, 'seed-'));
    stack.defer(() => rmSync(folder, { recursive: true }));
    const urls = { orders: orders.superuserUrl, payments: payments.superuserUrl };
    await seedOrders({ orders: ORDERS, accounts: 7 }, path.join(folder, 'seeded'), (name) => urls[name]);

    const open = (url: string) =>
      stack.use(openDatabase<unknown>({ url, name: 'test', log: createLogger('test', 'fatal'), size: 2 }));
    const [ordersDb, paymentsDb] = [open(urls.orders), open(urls.payments)];
    for (const result of [
      await checkBalances(paymentsDb),
      await checkSums(paymentsDb),
      await checkSingleDebit(paymentsDb),
      await checkTransitions(ordersDb),
      await checkNothingPending(ordersDb, 0),
      await checkOutbox(ordersDb, 0),
    ])
      assert.equal(outcomeOf(result), 'holds', `${result.id}: ${result.examples.join('; ')}`);

    const userId = customerId(0);
    const paid = await sql<{ orderId: string }>`
      select order_id from orders where user_id = ${userId} order by order_id`.execute(ordersDb);
    const decided = await sql<{ orderId: string }>`
      select order_id from decisions where user_id = ${userId} order by order_id`.execute(paymentsDb);
    assert.equal(paid.rows.length, Math.floor(ORDERS / 3));
    assert.deepEqual(decided.rows, paid.rows);
  });
});
