import assert from 'node:assert/strict';
import type { Customer } from '@gozon/client';
import { Client, Connection } from '@temporalio/client';
import {
  PAYMENT_CONSUMER_GROUP,
  PAYMENT_STATUS_DEAD_LETTERS,
  PAYMENT_STATUS_TOPIC,
} from '#contracts/events/payment-events.ts';
import { newId } from '#contracts/values/ids.ts';
import { namespace } from '#temporal-config/namespace.ts';
import { DECIDED_WITHIN, untilRightlyDecided } from '#test/support/system/decided.ts';
import { assertInvariants } from '#test/support/system/invariants.ts';
import { untilRetrying } from '#test/support/system/outages.ts';
import type { Placed } from '#test/support/system/posting.ts';
import { runOperator } from '#test/support/system/run-operator.ts';
import { startTestSystem } from '#test/support/system/test-system.ts';
import { openCustomer } from '#tools/testbed/customers.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import { toSignedEvent } from '#tools/testbed/signing.ts';
import type { System } from '#tools/testbed/system.ts';

const BECAUSE = ['--reason', 'a test'];
const { name: topic } = PAYMENT_STATUS_TOPIC;
const { name: deadLetters } = PAYMENT_STATUS_DEAD_LETTERS;

/** A system of its own: what is broken here must not be found by others. */
describe('a system in which something was lost', function () {
  this.timeout(DECIDED_WITHIN + 60_000);
  let system: System;
  let sweep: Record<string, string> = { SWEEP_EVERY: '1', SWEEP_AFTER: '2' };
  before('a system with a quick sweep is up', async () => {
    system = await startTestSystem({ tell: (name) => (name === 'orders' ? sweep : {}) });
  });
  after(async () => system[Symbol.asyncDispose]());

  describe('with a sweep', () => {
    after('every invariant holds', async () => assertInvariants(system));

    it('decides an order whose workflow was terminated', async () => {
      const placed = await placeInVain();
      await terminate(placed.orderId);
      await system.links.workflowsToPaymentsDb.heal();
      await untilRightlyDecided(system, [placed]);
    });

    it('decides an order whose workflow was terminated and whose outbox row is gone', async () => {
      const placed = await placeInVain();
      const { orderId } = placed;
      await eventually('the row to be dispatched', async () => {
        const { rowCount } = await system.ordersDb.query(
          'delete from outbox where order_id = $1 and dispatched_at is not null',
          [orderId],
        );
        return rowCount === 1;
      });
      await terminate(orderId);
      await system.links.workflowsToPaymentsDb.heal();
      await untilRightlyDecided(system, [placed]);
      const { rows } = await system.ordersDb.query(
        'select sweeps > 0 as swept from outbox where order_id = $1',
        [orderId],
      );
      assert.deepEqual(rows, [{ swept: true }]);
    });

    /** An order whose debit cannot be made at present. */
    async function placeInVain(): Promise<Placed> {
      const customer = await openCustomer(system, 1_000n);
      await system.links.workflowsToPaymentsDb.cut();
      const { orderId, userId } = await customer.placeOrder({ amount: 10n });
      await untilRetrying(system, 'debit');
      return { orderId, userId, amount: 10n, end: 'paid' };
    }

    async function terminate(orderId: string): Promise<void> {
      const connection = await Connection.connect({ address: system.temporalAddress });
      try {
        await new Client({ connection, namespace: namespace.name }).workflow
          .getHandle(`order-${orderId}`)
          .terminate('a test of the sweep');
      } finally {
        await connection.close();
      }
    }
  });

  describe('without a sweep', () => {
    before('orders sweeps nothing', async () => {
      // The sweep would have the lost order decided again before the operator can look for the event.
      sweep = { SWEEP_AFTER: '86400' };
      const copies = system.copiesOf('orders');
      await Promise.all(copies.map(async (copy) => copy.terminate()));
      await Promise.all(copies.map(async (copy) => copy.start()));
    });

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

    it('reports a lost event again by itself, by reconciliation', async () => {
      const placed = await loseEvent();
      await system.service('workflows').start();
      await untilRightlyDecided(system, [placed]);
      await assertInvariants(system);
    });

    it('finds a lost event by npm run reconcile --dry-run, and reports it again by npm run reconcile', async () => {
      const customer = await openCustomer(system, 1_000n);
      const { orderId, userId } = await customer.placeOrder({ amount: 10n });
      await untilRightlyDecided(system, [{ orderId, userId, amount: 10n, end: 'paid' }]);
      await system.ordersDb.query(
        `update orders set status = 'created', status_rank = 0, amount_captured = null where order_id = $1`,
        [orderId],
      );
      await system.ordersDb.query('delete from inbox where event_id = $1', [`${orderId}/decision`]);
      await system.paymentsDb.query(
        `update decisions set decided_at = now() - interval '1 hour' where order_id = $1`,
        [orderId],
      );
      const look = await runOperator(system, 'reconcile', '--dry-run', '--json');
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
      const repair = await runOperator(system, 'reconcile', ...BECAUSE);
      assert.equal(repair.exitCode, 0, repair.stderr);
      assert.match(repair.stdout, /Lost events: 1, of which 1 are reported again\./);
      assert.match(repair.stdout, /Contradictions: none\./);
      await untilRightlyDecided(system, [{ orderId, userId, amount: 10n, end: 'paid' }]);
      await assertInvariants(system);
    });

    it('tries each dead letter once more by npm run redrive, and puts back those that stay unreadable', async () => {
      const customer = await openCustomer(system, 1_000n);
      const { orderId, userId, createdAt } = await customer.placeOrder({ amount: 10n });
      await untilPaid(customer, orderId);
      // As after a restore of orders from before the order: its event finds no order.
      await system.ordersDb.query(`delete from inbox where event_id like '${orderId}%'`);
      for (const table of ['outbox', 'order_events', 'orders']) {
        await system.ordersDb.query(`delete from ${table} where order_id = $1`, [orderId]);
      }
      const payment = { orderId, userId, amount: 10n, currency: 'EUR' };
      const event = toSignedEvent(
        { type: 'payment.completed', ...payment, time: createdAt },
        system.secrets.signing,
      );
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
      const first = await runOperator(system, 'redrive', ...BECAUSE, '--dead-letters');
      assert.deepEqual(
        [first.exitCode, first.stdout],
        [0, 'No outbox row waits for a retry.\n2 dead letters redriven.'],
        first.stderr,
      );
      await untilPaid(customer, orderId);
      const letters = await untilDeadLetters(3);
      const back = letters.at(-1);
      assert.deepEqual([back?.key, back?.value], [garbage, 'no event']);
      assert.match(back?.headers['dead-letter-reason'] ?? '', /it is not JSON/);
      const second = await runOperator(system, 'redrive', ...BECAUSE, '--dead-letters');
      assert.match(second.stdout, /1 dead letter redriven\./);
      await untilDeadLetters(4);

      const listed = await runOperator(system, 'redrive', '--list');
      assert.match(listed.stdout, new RegExp(` 0/3 .* ${garbage} .* not_json .*it is not JSON`));
      assert.match(listed.stdout, /\n1 dead letter\.$/);
      const skipped = await runOperator(system, 'redrive', ...BECAUSE, '--skip', '0/3');
      assert.equal(skipped.stdout, '1 dead letter skipped.', skipped.stderr);
      assert.equal((await runOperator(system, 'redrive', '--list')).stdout, '0 dead letters.');
    });

    it('tells of an order that contradicts its decision by exit code 3, a line and a metric, and changes nothing', async () => {
      const customer = await openCustomer(system, 1_000n);
      const { orderId } = await customer.placeOrder({ amount: 10n });
      await untilPaid(customer, orderId);
      await system.ordersDb.query(`update orders set status = 'cancelled' where order_id = $1`, [orderId]);
      const { exitCode, stdout, stderr } = await runOperator(system, 'reconcile', ...BECAUSE);
      assert.equal(exitCode, 3, stderr);
      assert.match(
        stdout,
        new RegExp(
          `${orderId} .*wrong_status .*the order is cancelled \\(requested\\), and payments says paid`,
        ),
      );
      assert.match(stdout, /Contradictions: 1\./);
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
      it(`answers npm run ${command} with what to do and exit code 1 when the gateway is away`, async () => {
        const { exitCode, stderr } = await runOperator(
          system,
          command,
          ...BECAUSE,
          '--gateway',
          'http://127.0.0.1:1',
        );
        assert.equal(exitCode, 1);
        assert.match(
          stderr,
          /Gozon does not answer at http:\/\/127\.0\.0\.1:1 .*: start it, or set its address/,
        );
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
});
