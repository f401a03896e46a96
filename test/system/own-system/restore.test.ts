import assert from 'node:assert/strict';
import { ApiProblem } from '@gozon/client';
import type { Customer, OrderChange, OrderStream } from '@gozon/client';
import { newId } from '#contracts/values/ids.ts';
import { DECIDED_WITHIN } from '#test/support/system/decided.ts';
import { assertInvariants } from '#test/support/system/invariants.ts';
import { backUp, restore } from '#test/support/system/restore.ts';
import { lookForContradictions, runOperator } from '#test/support/system/run-operator.ts';
import { startTestSystem } from '#test/support/system/test-system.ts';
import { waitAgain } from '#test/support/system/wait-again.ts';
import { openCustomer } from '#tools/testbed/customers.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import type { System } from '#tools/testbed/system.ts';

/** What docs/operations/restore.md promises of a restore, and what it has a person do. */
describe('a system in which one database was restored', function () {
  this.timeout(DECIDED_WITHIN + 60_000);
  let system: System;
  before('a system with a quick sweep is up', async () => {
    system = await startTestSystem({
      tell: (name) => (name === 'orders' ? { SWEEP_EVERY: '1', SWEEP_AFTER: '2' } : {}),
    });
  });
  after(async () => system[Symbol.asyncDispose]());

  it('charges an order once that orders forgot and the customer repeats, and lists what has no order', async () => {
    const customer = await openCustomer(system, 1_000n);
    const kept = await place(customer, 100n);
    await eventually('its events to have positions', async () => {
      const { rows } = await system.ordersDb.query('select from order_events where position is null');
      return rows.length === 0;
    });
    await backUp(system, 'orders');
    await using before = await customer.follow();
    const idempotencyKey = newId();
    const forgotten = await place(customer, 60n, idempotencyKey);
    const lost = await place(customer, 7n);
    const { id: lastEventId } = await untilChange(before, lost, 'paid');
    assert.equal((await customer.account()).balance, 833n);

    await restore(system, 'orders');
    const refusal = await eventually('the stream to be refused', async () =>
      codeOf(customer.follow({ lastEventId })),
    );
    assert.equal(refusal, 'events_purged');
    const repeated = await place(customer, 60n, idempotencyKey);
    assert.notEqual(repeated, forgotten);
    assert.equal((await customer.account()).balance, 833n);
    // Its events get positions beyond that a moment later.
    await using after = await eventually('the stream to go on', async () => customer.follow({ lastEventId }));
    await untilChange(after, repeated, 'paid');

    const found = await lookForContradictions(system);
    assert.equal(found.exitCode, 3);
    const unknown = 'payments knows an order that orders does not have';
    assert.deepEqual(found.contradictions, {
      [forgotten]: `${unknown}: debited, and refunded`,
      [lost]: `${unknown}: 7 debited`,
    });
    await restoreUnknown();
    await untilStatus(customer, lost, 'paid');
    await untilStatus(customer, forgotten, 'refunded');
    assert.deepEqual(await lookForContradictions(system), { exitCode: 0, contradictions: {} });
    assert.equal((await customer.account()).balance, 833n);
    assert.equal((await customer.order(kept)).status, 'paid');
    await assertInvariants(system);
  });

  it('gives back a hold that orders forgot, once an operator has put its order back', async () => {
    const customer = await openCustomer(system, 1_000n);
    await backUp(system, 'orders');
    const idempotencyKey = newId();
    const hold = { captureMethod: 'manual', captureWithin: 20 } as const;
    const repeatedlyHeld = await place(customer, 60n, idempotencyKey, hold);
    const forgotten = await place(customer, 7n, newId(), hold);
    await restore(system, 'orders');
    // The repeat takes the hold over.
    const repeated = await place(customer, 60n, idempotencyKey, hold);
    const { held } = await eventually('payments to answer', async () => customer.account());
    assert.equal(held, 67n);

    const found = await lookForContradictions(system);
    const unknown = 'payments knows an order that orders does not have';
    assert.deepEqual(found.contradictions, {
      [repeatedlyHeld]: `${unknown}: nothing debited`,
      [forgotten]: `${unknown}: 7 held`,
    });
    await restoreUnknown();
    await untilStatus(customer, repeatedlyHeld, 'cancelled');
    for (const orderId of [forgotten, repeated]) await untilStatus(customer, orderId, 'cancelled');
    assert.equal((await customer.order(forgotten)).cancellationReason, 'expired');
    const { available } = await customer.account();
    assert.equal(available, 1_000n);
    assert.deepEqual(await lookForContradictions(system), { exitCode: 0, contradictions: {} });
    const { entries } = await customer.timeline(forgotten);
    const action = entries.find(({ what }) => what === 'operator_acted');
    assert.deepEqual(
      { ...action?.detail, actor: undefined },
      { action: 'restore_order', actor: undefined, as: 'Ada', reason: 'a test of a restore' },
    );
    await assertInvariants(system);
  });

  it('lists a cancel, a capture and a refund that orders forgot, until who asked asks again', async () => {
    const { customer, paid, held, keys } = await placeForLater();
    const cancelled = await place(customer, 30n);
    await backUp(system, 'orders');
    const refundId = await refundAndCapture({ customer, paid, held, keys });
    await customer.cancelOrder(cancelled);
    await untilStatus(customer, cancelled, 'refunded');
    const { balance } = await customer.account();
    // Facts of the last two minutes are left alone, since their wishes may be on their way.
    await system.paymentsDb.query(
      `update refunds set refunded_at = refunded_at - interval '1 hour' where user_id = $1`,
      [customer.userId],
    );
    await system.paymentsDb.query(
      `update holds set closed_at = closed_at - interval '1 hour' where user_id = $1`,
      [customer.userId],
    );
    await restore(system, 'orders');
    const found = await eventually('the services to be back', async () => lookForContradictions(system));
    assert.deepEqual(found.contradictions, {
      [paid]: `payments refunded 40 as ${refundId}, and nobody asked for it`,
      [held]: 'payments captured 20, and nobody asked to capture the order',
      [cancelled]: 'payments refunded it, and nobody asked to cancel the order',
    });

    assert.equal(await refundAndCapture({ customer, paid, held, keys }), refundId);
    await customer.cancelOrder(cancelled);
    await untilStatus(customer, cancelled, 'refunded');
    assert.equal((await customer.account()).balance, balance);
    assert.deepEqual(await lookForContradictions(system), { exitCode: 0, contradictions: {} });
    // The tests' invariants want a wish to come before what it led to. Here it was asked for again, later.
    await system.ordersDb.query('update refunds set refunded_at = created_at where refund_id = $1', [
      refundId,
    ]);
    await assertInvariants(system);
  });

  it('lists a capture and a refund that payments forgot, and makes them again once their orders wait for them', async () => {
    const { customer, paid, held, keys } = await placeForLater();
    await backUp(system, 'payments');
    const refundId = await refundAndCapture({ customer, paid, held, keys });
    const { balance } = await customer.account();
    await restore(system, 'payments');
    const found = await eventually('the services to be back', async () => lookForContradictions(system));
    assert.deepEqual(Object.keys(found.contradictions).toSorted(), [paid, held].toSorted());
    assert.match(found.contradictions[paid] ?? '', /the order is paid.*40 refunded.*payments says paid/);
    assert.match(found.contradictions[held] ?? '', /the order is paid.*payments says authorized/);

    for (const orderId of [paid, held]) await system.ordersDb.query(waitAgain(orderId));
    await untilStatus(customer, held, 'paid');
    await eventually(
      'the refund to be made again',
      async () => (await customer.order(paid)).amountRefunded === 40n,
      { within: DECIDED_WITHIN },
    );
    assert.deepEqual(await lookForContradictions(system), { exitCode: 0, contradictions: {} });
    assert.equal((await customer.account()).balance, balance);
    const { items } = await customer.refunds(paid);
    assert.deepEqual(
      items.map((refund) => [refund.refundId, refund.status]),
      [[refundId, 'succeeded']],
    );
    await assertInvariants(system);
  });

  it('lists an order that is paid when payments forgot its debit, also after a cancel', async () => {
    const customer = await openCustomer(system, 1_000n);
    await backUp(system, 'payments');
    const orderId = await place(customer, 60n);
    await restore(system, 'payments');
    await eventually('the debit to be gone', async () => (await customer.account()).balance === 1_000n);
    assert.deepEqual(await lookForContradictions(system), {
      exitCode: 3,
      contradictions: { [orderId]: 'the order is paid, and payments decided nothing' },
    });

    await customer.cancelOrder(orderId);
    const told = { [orderId]: 'the order is paid, and payments says cancelled (requested)' };
    await eventually('payments to cancel it', async () => {
      assert.deepEqual(await lookForContradictions(system), { exitCode: 3, contradictions: told });
      return true;
    });
    assert.equal((await customer.account()).balance, 1_000n);
    await using stream = await customer.follow();
    await system.ordersDb.query(
      `with corrected as (
         update orders set status = 'cancelled', status_rank = 1, failure_reason = null, amount_captured = null,
                           updated_at = greatest(clock_timestamp(), updated_at)
         where order_id = $1 returning *
       )
       insert into order_events (order_id, user_id, status, created_at)
       select order_id, user_id, status, updated_at from corrected`,
      [orderId],
    );
    await untilChange(stream, orderId, 'cancelled');
    assert.deepEqual(await lookForContradictions(system), { exitCode: 0, contradictions: {} });
  });

  it('debits once more an order that payments forgot, once it waits again', async () => {
    const customer = await openCustomer(system, 1_000n);
    await backUp(system, 'payments');
    const orderId = await place(customer, 60n);
    await restore(system, 'payments');
    await eventually('the debit to be gone', async () => (await customer.account()).balance === 1_000n);

    await system.ordersDb.query(waitAgain(orderId, 'created'));
    await eventually('the debit to be made', async () => (await customer.account()).balance === 940n, {
      within: DECIDED_WITHIN,
    });
    await untilStatus(customer, orderId, 'paid');
    const { rows } = await system.ordersDb.query('select 1 from decided_orders where order_id = $1', [
      orderId,
    ]);
    assert.equal(rows.length, 1, 'I6 would call it decided twice');
    assert.deepEqual(await lookForContradictions(system), { exitCode: 0, contradictions: {} });
  });

  /** An order that is paid, and one whose money is held. */
  async function placeForLater() {
    const customer = await openCustomer(system, 1_000n);
    const paid = await place(customer, 100n);
    const held = await place(customer, 50n, newId(), { captureMethod: 'manual', captureWithin: 3_600 });
    return { customer, paid, held, keys: { refund: newId(), capture: newId() } };
  }

  /** A part of each. @returns the id of the refund */
  async function refundAndCapture({
    customer,
    paid,
    held,
    keys,
  }: Awaited<ReturnType<typeof placeForLater>>): Promise<string> {
    const { refundId } = await customer.refundOrder(paid, { amount: 40n }, { idempotencyKey: keys.refund });
    await customer.captureOrder(held, { amount: 20n }, { idempotencyKey: keys.capture });
    await untilStatus(customer, held, 'paid');
    await eventually(
      'the refund to be made',
      async () => (await customer.order(paid)).amountRefunded === 40n,
      {
        within: DECIDED_WITHIN,
      },
    );
    return refundId;
  }

  async function place(
    customer: Customer,
    amount: bigint,
    idempotencyKey = newId(),
    hold: { captureMethod?: 'manual'; captureWithin?: number } = {},
  ): Promise<string> {
    const { orderId } = await eventually('the order to be placed', async () =>
      customer.placeOrder({ amount, ...hold }, { idempotencyKey }),
    );
    await untilStatus(customer, orderId, hold.captureMethod ? 'authorized' : 'paid');
    return orderId;
  }

  async function restoreUnknown(): Promise<void> {
    const because = ['--reason', 'a test of a restore', '--as', 'Ada'];
    const { exitCode, stderr } = await runOperator(
      system,
      'reconcile',
      '--restart',
      '--restore-unknown',
      ...because,
    );
    assert.equal(exitCode, 0, stderr);
  }
});

async function untilStatus(customer: Customer, orderId: string, status: string): Promise<void> {
  await eventually(
    `the order to be ${status}`,
    async () => (await customer.order(orderId)).status === status,
    { within: DECIDED_WITHIN },
  );
}

async function untilChange(stream: OrderStream, orderId: string, status: string): Promise<OrderChange> {
  for await (const change of stream) {
    if (change.order.orderId === orderId && change.order.status === status) return change;
  }
  throw new Error('the stream ended');
}

/** Why a request is refused; undefined while the service is away. */
async function codeOf(request: Promise<unknown>): Promise<string | undefined> {
  try {
    await request;
    throw new Error('it was not refused');
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    return error.status === 503 ? undefined : error.code;
  }
}
