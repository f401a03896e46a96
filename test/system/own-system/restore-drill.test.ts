import assert from 'node:assert/strict';
import type { Customer } from '@gozon/client';
import { PAYMENT_CONSUMER_GROUP, PAYMENT_STATUS_TOPIC } from '#contracts/events/payment-events.ts';
import type { SystemReply } from '#contracts/http/system-api.ts';
import { newId } from '#contracts/values/ids.ts';
import { DECIDED_WITHIN } from '#test/support/system/decided.ts';
import {
  loseTemporal,
  momentOf,
  recover,
  startArchive,
  untilArchived,
} from '#test/support/system/point-in-time.ts';
import { lookForContradictions } from '#test/support/system/run-operator.ts';
import { startTestSystem } from '#test/support/system/test-system.ts';
import { waitAgain } from '#test/support/system/wait-again.ts';
import { openCustomer } from '#tools/testbed/customers.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import type { System } from '#tools/testbed/system.ts';

/** Both databases come back as they were at one moment. docs/operations/restore.md is followed here. */
describe('a system whose PostgreSQL was restored to a point in time', function () {
  this.timeout(2 * DECIDED_WITHIN + 120_000);
  let system: System;
  before('a system with a quick sweep is up', async () => {
    system = await startTestSystem({
      tell: (name) => (name === 'orders' ? { SWEEP_EVERY: '1', SWEEP_AFTER: '2' } : {}),
    });
  });
  after(async () => system[Symbol.asyncDispose]());

  it('goes on from there although Temporal was lost too and the offsets are newer, and does again what is repeated', async () => {
    const archive = await timed('archive and base backup', async () => startArchive(system, 'first'));
    const customer = await openCustomer(system, 1_000n);
    const paid = await place(customer, 100n);
    const held = await place(customer, 50n, { captureWithin: 3_600 });
    const ends = await place(customer, 5n, { captureWithin: 20 });
    const moment = await momentOf(system);
    const keys = { order: newId(), refund: newId(), capture: newId() };
    const forgotten = await doLater(customer, { paid, held, keys });
    await timed('stop and archive the last log', async () => {
      await untilArchived(system);
      await stopServices();
    });

    await timed('recover PostgreSQL', async () => recover(system, archive, moment));
    await timed('make Temporal again', async () => loseTemporal(system));
    await timed('start the services', async () => system.repair());
    assert.equal((await customer.account()).balance, 900n);
    assert.equal((await customer.send({ method: 'GET', path: `/api/orders/${forgotten}` })).status, 404);
    assert.deepEqual(await lookForContradictions(system), { exitCode: 0, contradictions: {} });

    const repeated = await doLater(customer, { paid, held, keys });
    assert.notEqual(repeated, forgotten);
    await timed('release a hold whose workflow is lost', async () =>
      untilStatus(customer, ends, 'cancelled'),
    );
    const account = await customer.account();
    assert.deepEqual([account.available, account.held], [1_000n - 100n + 40n - 20n - 60n, 0n]);
    assert.deepEqual(await lookForContradictions(system), { exitCode: 0, contradictions: {} });
    await untilInvariantsHold();
  });

  it('lists what orders hears of a future that payments forgot, when its offsets are older, and does it again on demand', async () => {
    const archive = await startArchive(system, 'second');
    const customer = await openCustomer(system, 1_000n);
    const paid = await place(customer, 100n);
    const held = await place(customer, 50n, { captureWithin: 3_600 });
    const moment = await momentOf(system);
    const keys = { order: newId(), refund: newId(), capture: newId() };
    const forgotten = await doLater(customer, { paid, held, keys });
    await untilArchived(system);
    await stopServices();
    await recover(system, archive, moment);
    // As when the group's offsets were lost. The page says to set them to the end of the topic instead.
    await system.topics.rewind(PAYMENT_CONSUMER_GROUP, PAYMENT_STATUS_TOPIC.name);
    await system.repair();
    await eventually(
      'orders to have read all',
      async () => (await system.topics.lag(PAYMENT_CONSUMER_GROUP, PAYMENT_STATUS_TOPIC.name)) === 0,
      { within: 60_000 },
    );
    const { contradictions } = await lookForContradictions(system);
    assert.deepEqual(Object.keys(contradictions).toSorted(), [paid, held].toSorted());
    assert.equal((await customer.send({ method: 'GET', path: `/api/orders/${forgotten}` })).status, 404);

    // The refund is made again by the sweep, since orders has a row of it. Nobody knows of the capture: who asked asks again.
    for (const orderId of [paid, held]) await system.ordersDb.query(waitAgain(orderId));
    await doLater(customer, { paid, held, keys });
    assert.deepEqual(await lookForContradictions(system), { exitCode: 0, contradictions: {} });
    const account = await customer.account();
    assert.deepEqual([account.available, account.held], [1_000n - 100n + 40n - 20n - 60n, 0n]);
    await untilInvariantsHold();
  });

  async function place(
    customer: Customer,
    amount: bigint,
    { captureWithin, key = newId() }: { captureWithin?: number; key?: string } = {},
  ): Promise<string> {
    const hold = captureWithin === undefined ? {} : ({ captureMethod: 'manual', captureWithin } as const);
    const { orderId } = await customer.placeOrder({ amount, ...hold }, { idempotencyKey: key });
    await untilStatus(customer, orderId, captureWithin === undefined ? 'paid' : 'authorized');
    return orderId;
  }

  /** What happens after the moment, and again after the restore. @returns a new order */
  async function doLater(
    customer: Customer,
    {
      paid,
      held,
      keys,
    }: { paid: string; held: string; keys: Record<'order' | 'refund' | 'capture', string> },
  ): Promise<string> {
    const orderId = await place(customer, 60n, { key: keys.order });
    await customer.refundOrder(paid, { amount: 40n }, { idempotencyKey: keys.refund });
    await customer.captureOrder(held, { amount: 20n }, { idempotencyKey: keys.capture });
    await untilStatus(customer, held, 'paid');
    await eventually(
      'the refund to be made',
      async () => (await customer.order(paid)).amountRefunded === 40n,
      { within: DECIDED_WITHIN },
    );
    return orderId;
  }

  async function stopServices(): Promise<void> {
    const services = (['orders', 'payments', 'workflows'] as const).flatMap((name) => system.copiesOf(name));
    await Promise.all(services.map(async (service) => service.terminate()));
  }

  /** By the audit: the topic still tells of what the databases forgot, which the tests' own oracle would call wrong. */
  async function untilInvariantsHold(): Promise<void> {
    const operator = system.client.as(newId());
    await eventually(
      'all invariants to hold',
      async () => {
        const { body } = await operator.send({ method: 'GET', path: '/api/system' });
        const wrong = (body as SystemReply).invariants.filter(
          ({ id, state }) => state !== 'ok' && id !== 'I11',
        );
        assert.deepEqual(wrong, []);
        return true;
      },
      { within: DECIDED_WITHIN },
    );
  }
});

async function untilStatus(customer: Customer, orderId: string, status: string): Promise<void> {
  await eventually(
    `the order to be ${status}`,
    async () => (await customer.order(orderId)).status === status,
    { within: DECIDED_WITHIN },
  );
}

/** Prints how long a step of the drill took. */
async function timed<Result>(what: string, step: () => Promise<Result>): Promise<Result> {
  const began = performance.now();
  const result = await step();
  console.log(`      ${what}: ${((performance.now() - began) / 1_000).toFixed(1)} s`);
  return result;
}
