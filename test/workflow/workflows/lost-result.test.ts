import assert from 'node:assert/strict';
import type { DecisionPayload } from '#contracts/values/decision.ts';
import { debitAccount } from '#payments/payment/debit-account.ts';
import { openLedger } from '#test/support/database/payments-database.ts';
import type { Ledger } from '#test/support/database/payments-database.ts';
import { payWish } from '#test/support/database/signing.ts';
import { decisionOf } from '#test/support/workflow/decision-of.ts';
import { dueOrder, openTimeSkippingServer } from '#test/support/workflow/time-skipping.ts';
import type { TimeSkippingServer } from '#test/support/workflow/time-skipping.ts';
import type { OrderToPay } from '#workflows/payment/activities.ts';
import { fromPayload, toDecisionPayload } from '#workflows/payment/payloads.ts';

describe('a payment on the real payments database', function () {
  this.timeout(90_000);
  let server: TimeSkippingServer;
  let ledger: Ledger;
  before(async () => {
    [server, ledger] = await Promise.all([openTimeSkippingServer(), openLedger()]);
  });
  after(async () => {
    await server[Symbol.asyncDispose]();
    await ledger[Symbol.asyncDispose]();
  });

  // As a local activity it is tried 3 times, and as a regular one until it succeeds.
  for (const lost of [1, 3, 7]) {
    it(`debits once when the result is lost after the commit, ${lost} times over`, async () => {
      const due = { ...dueOrder(), userId: await ledger.openAccount(5_000n) };
      const order = { ...due, signature: payWish(fromPayload(due)).signature };
      const committed: DecisionPayload[] = [];
      const reported: DecisionPayload[] = [];
      const worker = await server.worker({
        async debit(input: OrderToPay) {
          const decision = toDecisionPayload(await debitAccount(ledger.workflowsDb, fromPayload(input)));
          committed.push(decision);
          if (committed.length <= lost) throw new Error('the result is lost');
          return decision;
        },
        report: async (report) => void reported.push(decisionOf(report)),
      });
      const decision = await worker.runUntil(async () => {
        await server.start(order);
        return server.result(order);
      });

      assert.equal(committed.length, lost + 1);
      for (const one of committed) assert.deepEqual(one, decision);
      assert.deepEqual(reported, [decision]);
      assert.equal(decision.outcome, 'completed');
      assert.equal(await ledger.balanceOf(order.userId), 3_750n);
      assert.deepEqual(await ledger.postingsOf(order.userId), [
        { kind: 'top_up', account: 'customer', orderId: null, amount: 5_000n, balanceAfter: 5_000n },
        { kind: 'top_up', account: 'cash', orderId: null, amount: -5_000n, balanceAfter: null },
        { kind: 'debit', account: 'customer', orderId: order.orderId, amount: -1_250n, balanceAfter: 3_750n },
        { kind: 'debit', account: 'sales', orderId: order.orderId, amount: 1_250n, balanceAfter: null },
      ]);
    });
  }
});
