import assert from 'node:assert/strict';
import { Client, Connection, WorkflowFailedError } from '@temporalio/client';
import { PAYMENT_STATUS_TOPIC } from '#contracts/events/payment-events.ts';
import { newId } from '#contracts/values/ids.ts';
import { cancelWorkflowId, paymentWorkflowId } from '#contracts/values/workflow-ids.ts';
import { TASK_QUEUE } from '#temporal-config/names.ts';
import { namespace } from '#temporal-config/namespace.ts';
import { checkInvariantsAfterwards } from '#test/support/system/invariants.ts';
import { withSharedSystem } from '#test/support/system/shared-system.ts';
import { openCustomer } from '#tools/testbed/customers.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import { toSignedEvent } from '#tools/testbed/signing.ts';

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
/** A key that an attacker would have to make up. */
const GUESS = 'a key that somebody guesses, of 32 characters or more';

describe('access to Temporal', function () {
  this.timeout(90_000);
  const system = withSharedSystem();
  checkInvariantsAfterwards(system);
  let connection: Connection;
  before(async () => {
    connection = await Connection.connect({ address: system().temporalAddress });
  });
  after(async () => connection.close());

  /** As from the Web UI, which has no more rights than this. */
  async function assertRefused(
    workflowType: string,
    workflowId: string,
    input: object,
    words = /orders did not ask to (pay|cancel) order/,
  ): Promise<void> {
    const { workflow } = new Client({ connection, namespace: namespace.name });
    const args = [{ ...input, traceparent: TRACEPARENT }];
    const handle = await workflow.start(workflowType, { workflowId, taskQueue: TASK_QUEUE, args });
    await assert.rejects(handle.result(), (error) => {
      assert.ok(error instanceof WorkflowFailedError);
      assert.match(String(error.cause), words);
      return true;
    });
  }

  const refusals = async () => {
    const replies = await Promise.all(
      system()
        .copiesOf('workflows')
        .map(async ({ url }) => (await fetch(`${url}/metrics`)).text()),
    );
    const counts = replies.join('\n').matchAll(/^payment_steps_refused_total\{[^}]*\} (\d+)$/gm);
    return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
  };

  it('cannot debit a customer for an order that nobody placed, nor for more than its order', async () => {
    const before = await refusals();
    const customer = await openCustomer(system(), 5_000n);
    const userId = customer.userId;
    const orderId = newId();
    const invented = { orderId, userId, amount: '4000', currency: 'EUR' };
    await assertRefused('payOrder', paymentWorkflowId(orderId), invented);
    await assertRefused('payOrder', 'some-other-id', { ...invented, signature: 'a'.repeat(64) });
    const order = await customer.placeOrder({ amount: 10n });
    await eventually(
      'the order to be paid',
      async () => (await customer.order(order.orderId)).status === 'paid',
    );
    await assertRefused('payOrder', 'again', { ...invented, orderId: order.orderId, amount: '20' });
    assert.equal((await customer.account()).balance, 4_990n);
    assert.equal(await refusals(), before + 3);
  });

  it('cannot refund an order that nobody asked to cancel', async () => {
    const customer = await openCustomer(system(), 5_000n);
    const { orderId, userId, currency } = await customer.placeOrder({ amount: 10n });
    await eventually('the order to be paid', async () => (await customer.order(orderId)).status === 'paid');
    const { rows } = await system().ordersDb.query<{ payload: object }>(
      'select payload from outbox where order_id = $1',
      [orderId],
    );
    const wish = { orderId, userId, amount: '10', currency };
    await assertRefused('cancelOrder', cancelWorkflowId(orderId), wish);
    // What was signed to pay it, as everyone sees it in Temporal.
    await assertRefused('cancelOrder', cancelWorkflowId(orderId), { ...wish, ...rows[0]?.payload });
    assert.equal((await customer.account()).balance, 4_990n);
    assert.equal((await customer.order(orderId)).status, 'paid');
  });

  it('leaves no workflow that stands still by an input that no order can have', async () => {
    const wish = { orderId: 'nonsense', userId: newId(), amount: '10', currency: 'EUR', signature: 'x' };
    await assertRefused('payOrder', 'no-uuid', wish, /invalid input syntax for type uuid/);
    await assertRefused('payOrder', 'no-amount', { ...wish, amount: '' }, /this is no order .*: amount/);
  });

  it('changes nothing by starting what orders signed again', async () => {
    const customer = await openCustomer(system(), 5_000n);
    const { orderId } = await customer.placeOrder({ amount: 10n });
    await eventually('the order to be paid', async () => (await customer.order(orderId)).status === 'paid');
    const { rows } = await system().ordersDb.query<{ payload: object }>(
      'select payload from outbox where order_id = $1',
      [orderId],
    );
    const { workflow } = new Client({ connection, namespace: namespace.name });
    await workflow.execute('payOrder', {
      workflowId: 'signed-and-started-again',
      taskQueue: TASK_QUEUE,
      args: [{ ...rows[0]?.payload, traceparent: TRACEPARENT }],
    });
    assert.equal((await customer.account()).balance, 4_990n);
  });
});

describe('access to Kafka', function () {
  this.timeout(90_000);
  const system = withSharedSystem();
  checkInvariantsAfterwards(system);

  it('cannot decide, fail or refund an order', async () => {
    const customer = await openCustomer(system(), 0n);
    const { orderId, userId, amount, currency } = await customer.placeOrder({ amount: 10n });
    await eventually('the order to fail', async () => (await customer.order(orderId)).status === 'failed');
    const failed = await customer.order(orderId);
    const payment = { orderId, userId, amount, currency, time: new Date().toISOString() };
    const events = [
      toSignedEvent({ type: 'payment.completed', ...payment }, GUESS),
      toSignedEvent({ type: 'payment.refunded', ...payment }, GUESS),
    ];
    const dead = async () => {
      const letters = await system().topics.readAll('payment-status.v1.dlq');
      return letters.filter(({ key, headers }) => {
        const code = headers['dead-letter-code'];
        return key === orderId && code === 'not_signed_by_payments';
      });
    };
    await system().topics.produce(
      PAYMENT_STATUS_TOPIC.name,
      events.map((event) => ({ key: orderId, value: JSON.stringify(event) })),
    );
    await eventually('both to be dead letters', async () => (await dead()).length === 2);
    assert.deepEqual(await customer.order(orderId), failed);
  });
});
