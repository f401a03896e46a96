import assert from 'node:assert/strict';
import { newId } from '#contracts/values/ids.ts';
import type { OrderStatus } from '#contracts/values/order-status.ts';
import { withSharedSystem } from '#test/support/system/shared-system.ts';
import { openCustomer } from '#tools/testbed/customers.ts';
import { eventually } from '#tools/testbed/eventually.ts';

interface Hold {
  readonly customer: Awaited<ReturnType<typeof openCustomer>>;
  readonly orderId: string;
}

describe('a request about a hold or a refund', function () {
  this.timeout(60_000);
  const system = withSharedSystem();

  const until = async ({ customer, orderId }: Hold, status: OrderStatus) =>
    eventually(`the order to be ${status}`, async () => (await customer.order(orderId)).status === status, {
      within: 30_000,
    });
  async function placed(order: object = { captureMethod: 'manual' }): Promise<Hold> {
    const customer = await openCustomer(system(), 1_000n);
    const { orderId } = await customer.placeOrder({ amount: 400n, ...order });
    return { customer, orderId };
  }
  async function authorized(order: object = {}): Promise<Hold> {
    const hold = await placed({ captureMethod: 'manual', ...order });
    await until(hold, 'authorized');
    return hold;
  }
  const states: Record<string, () => Promise<Hold>> = {
    authorized,
    async captured() {
      const hold = await authorized();
      await hold.customer.captureOrder(hold.orderId, { amount: 150n });
      await until(hold, 'paid');
      return hold;
    },
    async expired() {
      const hold = await authorized({ captureWithin: 1 });
      await until(hold, 'cancelled');
      return hold;
    },
    async cancelled() {
      const hold = await authorized();
      await hold.customer.cancelOrder(hold.orderId);
      await until(hold, 'cancelled');
      return hold;
    },
    async automatic() {
      const hold = await placed({});
      await until(hold, 'paid');
      return hold;
    },
    async declined() {
      const hold = await placed({ captureMethod: 'manual', amount: 1_001n });
      await until(hold, 'failed');
      return hold;
    },
  };

  /** All that a request may leave behind. */
  async function traceOf({ customer, orderId }: Hold) {
    const order = await customer.order(orderId);
    const { rows } = await system().ordersDb.query(
      `select (select count(*) from outbox where payload ->> 'orderId' = $1::text) as outbox,
              (select count(*) from order_events where order_id = $1::uuid) as events,
              (select count(*) from refunds where order_id = $1::uuid) as refunds`,
      [orderId],
    );
    return { order, rows, account: await customer.account(), statement: await customer.statement() };
  }

  const notCapturable = { status: 409, code: 'order_not_capturable' };
  const notRefundable = { status: 409, code: 'order_not_refundable' };
  const invalidAmount = { status: 422, code: 'invalid_body', field: 'amount' };
  const cases: readonly {
    state: keyof typeof states;
    path: 'capture' | 'refunds';
    body?: unknown;
    status: number;
    code: string;
    field?: string;
  }[] = [
    { state: 'authorized', path: 'capture', body: { amount: 0 }, ...invalidAmount },
    { state: 'authorized', path: 'capture', body: { amount: -1 }, ...invalidAmount },
    { state: 'authorized', path: 'capture', body: { amount: 1.5 }, ...invalidAmount },
    { state: 'authorized', path: 'capture', body: { amount: '1' }, ...invalidAmount },
    {
      state: 'authorized',
      path: 'capture',
      body: { amounts: 1 },
      status: 422,
      code: 'invalid_body',
      field: 'amounts',
    },
    {
      state: 'authorized',
      path: 'capture',
      body: { amount: 401 },
      status: 422,
      code: 'capture_exceeds_hold',
      field: 'amount',
    },
    { state: 'captured', path: 'capture', body: { amount: 1 }, ...notCapturable },
    { state: 'expired', path: 'capture', ...notCapturable },
    { state: 'cancelled', path: 'capture', ...notCapturable },
    { state: 'automatic', path: 'capture', ...notCapturable },
    { state: 'declined', path: 'capture', ...notCapturable },
    { state: 'captured', path: 'refunds', body: { amount: 0 }, ...invalidAmount },
    { state: 'captured', path: 'refunds', body: { amount: -1 }, ...invalidAmount },
    { state: 'captured', path: 'refunds', body: {}, ...invalidAmount },
    {
      state: 'captured',
      path: 'refunds',
      body: { amount: 1, reason: 'x'.repeat(501) },
      status: 422,
      code: 'invalid_body',
      field: 'reason',
    },
    {
      state: 'captured',
      path: 'refunds',
      body: { amount: 151 },
      status: 422,
      code: 'refund_exceeds_captured',
      field: 'amount',
    },
    { state: 'authorized', path: 'refunds', body: { amount: 1 }, ...notRefundable },
    { state: 'expired', path: 'refunds', body: { amount: 1 }, ...notRefundable },
    { state: 'declined', path: 'refunds', body: { amount: 1 }, ...notRefundable },
  ];
  for (const { state, path, body, status, code, field } of cases) {
    const what = body === undefined ? '' : ` with ${JSON.stringify(body).slice(0, 40)}`;
    it(`is answered ${status} ${code} to ${path} of an order that is ${state}${what}, and changes nothing`, async () => {
      const hold = (await states[state]?.()) ?? assert.fail();
      const before = await traceOf(hold);
      const reply = await hold.customer.send({
        method: 'POST',
        path: `/api/orders/${hold.orderId}/${path}`,
        headers: { 'Idempotency-Key': newId() },
        ...(body !== undefined && { body }),
      });
      const problem = reply.body as { code: string; detail: string; errors?: { field: string }[] };
      assert.deepEqual(
        [reply.status, problem.code, problem.errors?.[0]?.field],
        [status, code, field],
        problem.detail,
      );
      assert.deepEqual(await traceOf(hold), before);
    });
  }

  it('is refused for a hold that is not authorized yet, and accepted once it is', async () => {
    const copies = system().copiesOf('workflows');
    await Promise.all(copies.map(async (copy) => copy.terminate()));
    const hold = await placed();
    await assert.rejects(hold.customer.captureOrder(hold.orderId), notCapturable);
    await Promise.all(copies.map(async (copy) => copy.start()));
    await until(hold, 'authorized');
    await hold.customer.captureOrder(hold.orderId);
    await until(hold, 'paid');
  });

  it('is refused with a key that was used for another amount', async () => {
    const { customer, orderId } = await authorized();
    const [capture, refund] = [newId(), newId()];
    const first = await customer.captureOrder(orderId, { amount: 150n }, { idempotencyKey: capture });
    const again = await customer.captureOrder(orderId, { amount: 150n }, { idempotencyKey: capture });
    assert.deepEqual(again, first);
    const reused = { status: 422, code: 'idempotency_key_reused' };
    await assert.rejects(
      customer.captureOrder(orderId, { amount: 151n }, { idempotencyKey: capture }),
      reused,
    );
    await until({ customer, orderId }, 'paid');
    const made = await customer.refundOrder(orderId, { amount: 10n }, { idempotencyKey: refund });
    assert.equal(
      (await customer.refundOrder(orderId, { amount: 10n }, { idempotencyKey: refund })).refundId,
      made.refundId,
    );
    await assert.rejects(customer.refundOrder(orderId, { amount: 11n }, { idempotencyKey: refund }), reused);
    assert.equal((await customer.refunds(orderId)).items.length, 1);
  });

  const invalidOrders: Record<string, { body: object; field: string }> = {
    'a captureMethod that is not known': { body: { captureMethod: 'later' }, field: 'captureMethod' },
    'a captureWithin without captureMethod manual': { body: { captureWithin: 60 }, field: 'captureWithin' },
    'a captureWithin of 0': { body: { captureMethod: 'manual', captureWithin: 0 }, field: 'captureWithin' },
    'a captureWithin that is no number': {
      body: { captureMethod: 'manual', captureWithin: '60' },
      field: 'captureWithin',
    },
    'a captureWithin beyond the bound of the settings': {
      body: { captureMethod: 'manual', captureWithin: 31 * 86_400 + 1 },
      field: 'captureWithin',
    },
    'a captureWithin beyond what the database holds': {
      body: { captureMethod: 'manual', captureWithin: 2 ** 53 },
      field: 'captureWithin',
    },
  };
  for (const [what, { body, field }] of Object.entries(invalidOrders)) {
    it(`places no order with ${what}`, async () => {
      const customer = await openCustomer(system(), 1_000n);
      const reply = await customer.send({
        method: 'POST',
        path: '/api/orders',
        body: { amount: 1, ...body },
      });
      const { code, errors } = reply.body as { code: string; errors?: { field: string }[] };
      assert.deepEqual([reply.status, code, errors?.[0]?.field], [422, 'invalid_body', field]);
      assert.deepEqual((await customer.orders()).items, []);
    });
  }
});
