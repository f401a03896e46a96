import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { WorkflowClient } from '@temporalio/client';
import { sql } from 'kysely';
import { newId } from '#contracts/values/ids.ts';
import { debitAccount } from '#payments/payment/debit-account.ts';
import { TRACEPARENT } from '#test/support/database/orders-database.ts';
import { openLedger } from '#test/support/database/payments-database.ts';
import { payWish } from '#test/support/database/signing.ts';
import { complete, openRelayRig } from '#test/support/workflow/relay-rig.ts';
import type { RelayRig } from '#test/support/workflow/relay-rig.ts';
import { startOrder } from '#test/support/workflow/start-order.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import type { OrderToPay } from '#workflows/payment/activities.ts';
import { fromPayload, toDecisionPayload } from '#workflows/payment/payloads.ts';

describe('the relay', function () {
  this.timeout(90_000);
  let rig: RelayRig;
  before(async () => {
    rig = await openRelayRig();
  });
  after(async () => rig[Symbol.asyncDispose]());
  afterEach(() => mock.restoreAll());

  const paymentOf = (orderId: string) => rig.server.client.workflow.getHandle(`order-${orderId}`);

  it('starts every due order once, and every one eagerly', async () => {
    const orderIds = await rig.place(100);
    const start = mock.method(WorkflowClient.prototype, 'start');
    const rows = await rig.run({}, async () => {
      const dispatched = await rig.untilDispatched(orderIds);
      await Promise.all(orderIds.map(async (orderId) => paymentOf(orderId).result()));
      return dispatched;
    });
    assert.deepEqual(startedBy(start), orderIds.toSorted());
    assert.equal(rows.filter(({ startedEagerly }) => startedEagerly === true).length, 100);
    assert.deepEqual(new Set(rows.map(({ attempts }) => attempts)), new Set([1]));
    assert.equal(new Set(rows.map(({ runId }) => runId)).size, 100);
  });

  it('starts a workflow that can be found by order and customer, with the order as its input', async () => {
    const userId = newId();
    const { orderId } = (await rig.shop.place({ userId, amount: 1250n })).reply;
    const inputs: OrderToPay[] = [];
    await rig.run(
      {
        activities: {
          async debit(order) {
            inputs.push(order);
            return complete(order);
          },
        },
      },
      async () => rig.untilDispatched([orderId]).then(async () => paymentOf(orderId).result()),
    );
    const wish = payWish({ orderId, userId, amount: 1250n, currency: 'EUR' });
    assert.deepEqual(inputs, [{ ...wish, amount: '1250', traceparent: TRACEPARENT }]);
    const found = await eventually('the workflow to be searchable', async () => {
      const query = `CustomerId = '${userId}' and OrderId = '${orderId}'`;
      const all = await Array.fromAsync(rig.server.client.workflow.list({ query }));
      return all.length > 0 && all;
    });
    assert.deepEqual(
      found.map(({ workflowId, type }) => [workflowId, type]),
      [[`order-${orderId}`, 'payOrder']],
    );
    assert.equal(await (await paymentOf(orderId).describe()).staticSummary(), 'Pay 12.50 EUR');
  });

  it('takes a workflow that is running already for started', async () => {
    const { reply } = await rig.shop.place();
    const setDueIn = async (seconds: number) =>
      sql`update outbox set due_at = now() + ${seconds} * interval '1 second' where order_id = ${reply.orderId}`.execute(
        rig.shop.db,
      );
    await setDueIn(3_600);
    const reported = Promise.withResolvers<void>();
    const [row] = await rig.run({ activities: { report: async () => reported.promise } }, async () => {
      // As another relay did, which died before it could mark the row.
      const { orderId, userId, currency } = reply;
      const order = { orderId, userId, amount: reply.amount.toString(), currency, traceparent: '' };
      await startOrder(rig.server.client.workflow, order);
      await setDueIn(0);
      const rows = await rig.untilDispatched([reply.orderId]);
      reported.resolve();
      await paymentOf(reply.orderId).result();
      return rows;
    });
    assert.deepEqual([row?.attempts, row?.runId, row?.lastError], [1, null, null]);
  });

  it('shares its rows with another, and no order is started twice', async () => {
    const orderIds = await rig.place(100);
    const start = mock.method(WorkflowClient.prototype, 'start');
    const rows = await rig.run({ copies: 2, limit: 16 }, async () => rig.untilDispatched(orderIds));
    assert.deepEqual(startedBy(start), orderIds.toSorted());
    assert.deepEqual(new Set(rows.map(({ attempts }) => attempts)), new Set([1]));
  });

  it('starts an order again when it died before it marked the row, and no money moves twice', async () => {
    await using ledger = await openLedger();
    const userId = await ledger.openAccount(5_000n);
    const { orderId } = (await rig.shop.place({ userId, amount: 1_250n })).reply;
    const debit = async (order: OrderToPay) =>
      toDecisionPayload(await debitAccount(ledger.workflowsDb, fromPayload(order)));
    await rig.run({ activities: { debit } }, async () => {
      const [first] = await rig.untilDispatched([orderId]);
      const decision: unknown = await paymentOf(orderId).result();
      await sql`update outbox set dispatched_at = null, due_at = now() where order_id = ${orderId}`.execute(
        rig.shop.db,
      );
      const [second] = await rig.untilDispatched([orderId]);
      assert.notEqual(second?.runId, first?.runId);
      assert.deepEqual(await paymentOf(orderId).result(), decision);
    });
    assert.equal(await ledger.balanceOf(userId), 3_750n);
    assert.equal((await ledger.decisionsOf(userId)).length, 1);
  });

  it('does not lose an order whose transaction commits after that of a later one', async () => {
    const [early, late] = [newId(), newId()];
    const insert = async (orderId: string, db: Pick<RelayRig['shop']['db'], 'getExecutor'>) => {
      await sql`select place_order(${orderId}, ${newId()}, 1, 'EUR', null, ${TRACEPARENT}, null, null)`.execute(
        db,
      );
    };
    await rig.run({}, async ({ wakeUp }) => {
      const transaction = await rig.shop.db.startTransaction().execute();
      await insert(early, transaction);
      await insert(late, rig.shop.db);
      await rig.untilDispatched([late]);
      await transaction.commit().execute();
      wakeUp.set();
      await rig.untilDispatched([early]);
    });
    const order = (await rig.rows([early, late])).map(({ orderId }) => orderId);
    assert.deepEqual(order, [early, late]);
  });

  it('finds what is due without a hint', async () => {
    await rig.run({}, async ({ states }) => {
      const [first = ''] = await rig.place(1);
      await rig.untilDispatched([first]);
      const orderIds = await rig.place(3);
      await rig.untilDispatched(orderIds);
      assert.ok(states.every(({ ready }) => ready));
    });
  });
});

/** The orders whose workflows a client was asked to start, each as often as it was. */
function startedBy({ mock: { calls } }: ReturnType<typeof mock.method>): string[] {
  const ids = calls.map((call) => (call.arguments[1] as { workflowId: string }).workflowId);
  return ids.map((id) => id.slice('order-'.length)).toSorted();
}
