import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { sql } from 'kysely';
import { FIRST_ID } from '#contracts/values/ids.ts';
import { comparePage } from '#operations/reconcile/compare-page.ts';
import { findIdOfAge } from '#operations/reconcile/reconcile.queries.ts';
import { findFlow } from '#operations/system/flow.queries.ts';
import { debitAccount } from '#payments/payment/debit-account.ts';
import { openShop } from '#test/support/database/orders-database.ts';
import type { Shop } from '#test/support/database/orders-database.ts';
import { openLedger } from '#test/support/database/payments-database.ts';
import type { Ledger } from '#test/support/database/payments-database.ts';
import { payWish } from '#test/support/database/signing.ts';

const HOUR = 3_600_000;
const GRACE = 120_000;

describe('operations', () => {
  let shop: Shop;
  let ledger: Ledger;
  before(async () => {
    [shop, ledger] = await Promise.all([openShop(), openLedger()]);
  });
  after(async () => {
    await shop[Symbol.asyncDispose]();
    await ledger[Symbol.asyncDispose]();
  });
  afterEach(() => mock.timers.reset());

  /** An order that was decided, and whose event has not arrived. */
  async function decide(): Promise<string> {
    const userId = await ledger.openAccount(1_000n);
    const { reply } = await shop.place({ userId, amount: 10n });
    await debitAccount(ledger.db, payWish({ orderId: reply.orderId, userId, amount: 10n, currency: 'EUR' }));
    return reply.orderId;
  }

  for (const [title, shift] of [
    ['an hour ahead', HOUR],
    ['an hour behind', -HOUR],
    ['two days behind', -48 * HOUR],
  ] as const) {
    it(`find the same while the clock of their process is ${title}`, async () => {
      const [late, old] = [await decide(), await decide()];
      await sql`
        update decisions set decided_at = decided_at - interval '10 minutes' where order_id = ${old}`.execute(
        ledger.db,
      );
      mock.timers.enable({ apis: ['Date'], now: Date.now() + shift });
      const databases = { ordersDb: shop.workflowsDb as never, paymentsDb: ledger.workflowsDb };
      const { compared } = await comparePage(databases, FIRST_ID, GRACE);
      const found = new Map(compared.map(({ orderId, result }) => [orderId, result.kind]));
      assert.deepEqual([found.get(late), found.get(old)], ['waiting', 'event_lost']);
      assert.ok((await findIdOfAge(shop.workflowsDb, HOUR)) < late);
      assert.ok((await findIdOfAge(shop.workflowsDb, 0)) > late);
      assert.ok((await findFlow(shop.workflowsDb, 60)).placedPerSecond > 0);
    });
  }
});
