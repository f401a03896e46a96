import assert from 'node:assert/strict';
import { execa } from 'execa';
import type { Customer } from '#contracts/client/customer.ts';
import {
  PAYMENT_CONSUMER_GROUP,
  PAYMENT_STATUS_DEAD_LETTERS,
  PAYMENT_STATUS_TOPIC,
  paymentEvent,
} from '#contracts/events/payment-events.ts';
import { newId } from '#contracts/values/ids.ts';
import { DECIDED_WITHIN, untilRightlyDecided } from '#test/support/system/decided.ts';
import { startTestSystem } from '#test/support/system/test-system.ts';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';
import { openCustomer } from '#tools/testbed/customers.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import type { System } from '#tools/testbed/system.ts';

const { name: topic } = PAYMENT_STATUS_TOPIC;
const { name: deadLetters } = PAYMENT_STATUS_DEAD_LETTERS;

/** A system of its own, since what is broken here must not be found by others. */
describe('the operator', function () {
  this.timeout(DECIDED_WITHIN + 60_000);
  let system: System;
  before(async () => {
    // The sweep would have the lost order decided again, before anybody can look for the event.
    system = await startTestSystem({ tell: (name) => (name === 'orders' ? { SWEEP_AFTER: '86400' } : {}) });
  });
  after(async () => system[Symbol.asyncDispose]());

  /** As from a terminal. */
  async function run(command: 'reconcile' | 'redrive', ...words: string[]) {
    const gateway = system.service('gateway').url;
    const { exitCode, stdout, stderr } = await execa(
      process.execPath,
      [`tools/operator/${command}.ts`, '--gateway', gateway, ...words],
      { cwd: CHECKOUT, reject: false },
    );
    return { exitCode, stdout, stderr };
  }

  /** An order that payments decided long ago, and orders never heard of. */
  async function loseEvent() {
    const customer = await openCustomer(system, 1_000n);
    await system.service('workflows').terminate();
    const { orderId, userId } = await customer.placeOrder({ amount: 10n });
    await system.paymentsDb.query(`select debit($1, $2, 10, 'EUR')`, [orderId, userId]);
    await system.paymentsDb.query(
      `update decisions set decided_at = now() - interval '1 hour' where order_id = $1`,
      [orderId],
    );
    await system.ordersDb.query('update outbox set dispatched_at = now() where order_id = $1', [orderId]);
    return { orderId, userId, amount: 10n, end: 'paid' } as const;
  }

  it('need not do anything about an event that was lost: reconciliation reports it again by itself', async () => {
    const placed = await loseEvent();
    await system.service('workflows').start();
    await untilRightlyDecided(system, [placed]);
  });

  it('finds and repairs it by npm run reconcile too, having looked before', async () => {
    const customer = await openCustomer(system, 1_000n);
    const { orderId, userId } = await customer.placeOrder({ amount: 10n });
    await untilRightlyDecided(system, [{ orderId, userId, amount: 10n, end: 'paid' }]);
    await system.ordersDb.query(`update orders set status = 'created', status_rank = 0 where order_id = $1`, [
      orderId,
    ]);
    await system.ordersDb.query('delete from inbox where event_id = $1', [`${orderId}/decision`]);
    await system.paymentsDb.query(
      `update decisions set decided_at = now() - interval '1 hour' where order_id = $1`,
      [orderId],
    );
    const look = await run('reconcile', '--dry-run', '--json');
    assert.equal(look.exitCode, 0, look.stderr);
    const seen = JSON.parse(look.stdout) as Record<string, unknown>;
    assert.deepEqual(
      [seen['findings'], seen['reported']],
      [
        [
          {
            orderId,
            kind: 'event_lost',
            detail: 'the order is created, and lacks payment.completed',
          },
        ],
        0,
      ],
    );
    const repair = await run('reconcile');
    assert.equal(repair.exitCode, 0, repair.stderr);
    assert.match(repair.stdout, /1 never heard of their payment: 1 reported again\./);
    assert.match(repair.stdout, /Nothing contradicts itself\./);
    await untilRightlyDecided(system, [{ orderId, userId, amount: 10n, end: 'paid' }]);
  });

  it('gets dead letters tried again by npm run redrive, each once, and what is still unreadable back', async () => {
    const customer = await openCustomer(system, 1_000n);
    const { orderId, userId, createdAt } = await customer.placeOrder({ amount: 10n });
    await untilPaid(customer, orderId);
    // As after a restore of orders from before the order: its event finds no order.
    await system.ordersDb.query(`delete from inbox where event_id like '${orderId}%'`);
    for (const table of ['outbox', 'order_events', 'orders']) {
      await system.ordersDb.query(`delete from ${table} where order_id = $1`, [orderId]);
    }
    const event = paymentEvent({
      type: 'payment.completed',
      orderId,
      userId,
      amount: 10n,
      currency: 'EUR',
      time: createdAt,
    });
    const garbage = newId();
    await system.topics.produce(topic, [
      { key: orderId, value: JSON.stringify(event) },
      { key: garbage, value: 'no event' },
    ]);
    await untilDeadLetters(2);
    await system.ordersDb.query(
      `insert into orders (order_id, user_id, amount, currency) values ($1, $2, 10, 'EUR')`,
      [orderId, userId],
    );
    const first = await run('redrive', '--dead-letters');
    assert.deepEqual(
      [first.exitCode, first.stdout],
      [0, '0 rows of the outbox made due.\n2 dead letters given back.'],
      first.stderr,
    );
    await untilPaid(customer, orderId);
    const letters = await untilDeadLetters(3);
    const back = letters.at(-1);
    assert.deepEqual([back?.key, back?.value], [garbage, 'no event']);
    assert.match(back?.headers['dead-letter-reason'] ?? '', /it is not JSON/);
    const second = await run('redrive', '--dead-letters');
    assert.match(second.stdout, /1 dead letter given back\./);
    await untilDeadLetters(4);
  });

  it('is told of what contradicts itself by exit code 3, by a log line and by a metric, and nothing is changed', async () => {
    const customer = await openCustomer(system, 1_000n);
    const { orderId } = await customer.placeOrder({ amount: 10n });
    await untilPaid(customer, orderId);
    await system.ordersDb.query(`update orders set status = 'cancelled' where order_id = $1`, [orderId]);
    const { exitCode, stdout, stderr } = await run('reconcile');
    assert.equal(exitCode, 3, stderr);
    assert.match(
      stdout,
      new RegExp(`${orderId} .*wrong_status .*the order is cancelled, and payments says paid`),
    );
    assert.match(stdout, /1 contradict their decision or the ledger/);
    assert.equal((await customer.order(orderId)).status, 'cancelled');
    // At its start it looks at all of them.
    await system.service('workflows').terminate();
    await system.service('workflows').start();
    await eventually(
      'the alarm',
      async () => {
        const metrics = await (await fetch(`${system.service('workflows').url}/metrics`)).text();
        return metrics.includes('reconcile_contradictions{kind="wrong_status"} 1');
      },
      { within: 40_000 },
    );
  });

  for (const command of ['redrive', 'reconcile'] as const) {
    it(`is told what to do by npm run ${command} when nobody answers, and by exit code 1`, async () => {
      const { exitCode, stderr } = await run(command, '--gateway', 'http://127.0.0.1:1');
      assert.equal(exitCode, 1);
      assert.match(stderr, /Gozon does not answer at http:\/\/127\.0\.0\.1:1 .*: start it, or say where/);
    });
  }

  /** What these tests did to the rows is against the invariants, which a look at the books would find. */
  async function untilPaid(customer: Customer, orderId: string): Promise<void> {
    await eventually('it to be paid', async () => (await customer.order(orderId)).status === 'paid');
  }

  async function untilDeadLetters(count: number) {
    return eventually(
      `${count} dead letters`,
      async () => {
        const letters = await system.topics.readAll(deadLetters);
        const lag = await system.topics.lag(PAYMENT_CONSUMER_GROUP, topic);
        return letters.length === count && lag === 0 && letters;
      },
      { within: 30_000 },
    );
  }
});
