import assert from 'node:assert/strict';
import type { OrderPayment } from '#contracts/values/decision.ts';
import { newId } from '#contracts/values/ids.ts';
import { cancelOrRelease } from '#payments/payment/cancel-payment.ts';
import { authorizePayment, captureHold } from '#payments/payment/hold-payment.ts';
import { blocksRead } from '#test/support/database/blocks-read.ts';
import { openClient } from '#test/support/database/open-client.ts';
import { openLedger } from '#test/support/database/payments-database.ts';
import type { Ledger } from '#test/support/database/payments-database.ts';
import { authorizeWish, captureWish, releaseWish } from '#test/support/database/signing.ts';

const PASSED = 20_000;

/** The indexes of live holds keep an entry for each, while the statistics say that hardly any is live. */
describe('while a snapshot is held and many holds end', function () {
  this.timeout(60_000);
  let ledger: Ledger;
  const stack = new AsyncDisposableStack();

  before(async () => {
    ledger = stack.use(await openLedger());
    const [holder, client] = [await openClient(ledger.url), await openClient(ledger.url)];
    stack.defer(async () => holder.end());
    const userId = await ledger.openAccount();
    await holder.query('begin isolation level repeatable read; select');
    await client.query(`
      alter table holds drop constraint holds_order_id_fkey, drop constraint holds_user_id_fkey;
      insert into holds (order_id, user_id, amount, capture_before)
        select gen_random_uuid(), '${userId}', 1, now() - n * interval '1 s' from generate_series(1, ${PASSED}) n;
      update holds set closed_at = now(), captured = 1;
      analyze holds`);
    await client.end();
  });
  after(async () => stack.disposeAsync());

  const closes: Record<string, (db: Ledger['workflowsDb'], order: OrderPayment) => Promise<unknown>> = {
    capture: async (db, order) => captureHold(db, captureWish(order, 1n)),
    release: async (db, order) => cancelOrRelease(db, releaseWish(order)),
  };
  for (const [name, close] of Object.entries(closes)) {
    it(`a ${name} finds its hold by the order's id`, async () => {
      const userId = await ledger.openAccount(1n);
      const order = { orderId: newId(), userId, amount: 1n, currency: 'EUR' };
      await authorizePayment(ledger.workflowsDb, authorizeWish(order));
      const blocks = await blocksRead(ledger.workflowsUrl, async () => {
        // Taken back, so that the hold is live when the statement is run again to count.
        const transaction = await ledger.workflowsDb.startTransaction().execute();
        await close(transaction, order);
        await transaction.rollback().execute();
      });
      assert.ok(blocks < 150, `it touched ${blocks} blocks`);
    });
  }
});
