import assert from 'node:assert/strict';
import { DECIDED_WITHIN, untilRightlyDecided } from '#test/support/system/decided.ts';
import { checkInvariantsAfterwards } from '#test/support/system/invariants.ts';
import { surviveOutage } from '#test/support/system/outages.ts';
import { startPosting } from '#test/support/system/posting.ts';
import type { Placed } from '#test/support/system/posting.ts';
import { untilRun, untilRunAgain } from '#test/support/system/runs.ts';
import { withSharedSystem } from '#test/support/system/shared-system.ts';
import type { ServiceName } from '#tools/stack/components/service-environments.ts';
import { openCustomer } from '#tools/testbed/customers.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import type { System } from '#tools/testbed/system.ts';

/** What a client may meet while a service is away: the gateway answers 503 for another, and nothing for itself. */
const REFUSALS = { gateway: 'lost', orders: 'unavailable', payments: 'never', workflows: 'never' } as const;

const GROUP = 'orders.payment-status';

describe('the system in which a process is killed', function () {
  this.timeout(DECIDED_WITHIN + 60_000);
  const system = withSharedSystem();
  checkInvariantsAfterwards(system);

  for (const [name, refusals] of Object.entries(REFUSALS) as [
    ServiceName,
    (typeof REFUSALS)[ServiceName],
  ][]) {
    it(`loses no acknowledged order when ${name} is killed with orders in flight`, async () => {
      const service = system().service(name);
      await surviveOutage(system(), {
        refusals,
        strike: async () => service.kill(),
        heal: async () => service.start(),
      });
    });
  }

  it('runs a workflow again, and debits once, when workflows is killed between starting and marking it', async () => {
    const { ordersDb } = system();
    const workflows = system().service('workflows');
    const customer = await openCustomer(system(), 1_000n);
    // No row can be marked until the relay is dead.
    await ordersDb.query(`
      create function refuse_mark() returns trigger language plpgsql as $$ begin raise 'not now'; end $$;
      create trigger refuse_mark before update of dispatched_at on outbox for each row
        when (new.dispatched_at is not null) execute function refuse_mark()`);
    const { orderId, userId } = await customer.placeOrder({ amount: 10n });
    try {
      await untilRun(system(), orderId);
      await eventually('it to be paid', async () => (await customer.order(orderId)).status === 'paid');
      await workflows.kill();
      const { rows } = await ordersDb.query(
        'select from outbox where order_id = $1 and dispatched_at is null',
        [orderId],
      );
      assert.equal(rows.length, 1);
    } finally {
      await ordersDb.query('drop function refuse_mark cascade');
    }
    const order = await customer.order(orderId);
    // The relay may have started it again before it died, when its lease had run out.
    const runs = await untilRun(system(), orderId);
    await workflows.start();
    await untilRunAgain(system(), orderId, runs);
    await untilRightlyDecided(system(), [{ orderId, userId, amount: 10n, end: 'paid' }]);
    assert.deepEqual(await customer.order(orderId), order);
  });

  it('changes nothing when a row is dispatched again after its order was decided', async () => {
    const { ordersDb } = system();
    const customer = await openCustomer(system(), 1_000n);
    const { orderId, userId } = await customer.placeOrder({ amount: 10n });
    const placed: Placed = { orderId, userId, amount: 10n, end: 'paid' };
    await untilRightlyDecided(system(), [placed]);
    const runs = await untilRun(system(), orderId);
    const before = await customer.order(orderId);
    await ordersDb.query('update outbox set dispatched_at = null, due_at = now() where order_id = $1', [
      orderId,
    ]);
    await untilRunAgain(system(), orderId, runs);
    await untilRightlyDecided(system(), [placed]);
    assert.deepEqual(await customer.order(orderId), before);
  });
});

describe('the system in which a process stands still for longer than its leases and sessions last', function () {
  this.timeout(DECIDED_WITHIN + 90_000);
  const system = withSharedSystem();
  checkInvariantsAfterwards(system);

  it('loses no acknowledged order when workflows goes on after its leases ran out', async () => {
    const copies = system().copiesOf('workflows');
    await surviveOutage(system(), {
      strike: () => copies.forEach((copy) => copy.suspend()),
      meanwhile: async () => untilLeasesHaveRunOut(system()),
      heal: async () => copies.forEach((copy) => copy.resume()),
    });
  });

  it('loses no acknowledged order when orders goes on, and comes back into its consumer group', async () => {
    const copies = system().copiesOf('orders');
    await surviveOutage(system(), {
      refusals: 'lost',
      strike: () => copies.forEach((copy) => copy.suspend()),
      meanwhile: async () =>
        eventually('the broker to give it up', async () => (await system().topics.members(GROUP)) === 0, {
          within: 30_000,
        }),
      heal: async () => copies.forEach((copy) => copy.resume()),
    });
  });
});

describe('SIGTERM', function () {
  this.timeout(DECIDED_WITHIN + 60_000);
  const system = withSharedSystem();
  checkInvariantsAfterwards(system);

  for (const [name, refusals] of Object.entries(REFUSALS) as [
    ServiceName,
    (typeof REFUSALS)[ServiceName],
  ][]) {
    it(`ends ${name} within its grace with exit code 0, and loses no order that was acknowledged`, async () => {
      const service = system().service(name);
      const posting = await startPosting(system(), { refusals });
      await posting.more(10);
      const { code, signal, ms } = await service.terminate();
      if (refusals === 'never') await posting.more(10);
      await service.start();
      await posting.more(10);
      const placed = await posting.stop();
      assert.deepEqual({ code, signal }, { code: 0, signal: null });
      const decided = await untilRightlyDecided(system(), placed);
      console.log(
        `        ended in ${(ms / 1000).toFixed(1)} s; decided in ${(decided / 1000).toFixed(1)} s`,
      );
    });
  }

  const ways: [ServiceName, keyof System['links']][] = [
    ['workflows', 'workflowsToTemporal'],
    ['workflows', 'workflowsToOrdersDb'],
    ['orders', 'ordersToPostgres'],
    ['orders', 'ordersToKafka'],
  ];
  for (const [name, link] of ways) {
    it(`ends ${name} within its grace with exit code 0 though ${link} is silent with orders in flight`, async () => {
      const posting = await startPosting(system(), { refusals: 'lost' });
      await posting.more(10);
      system().links[link].halfOpen();
      const { code, signal, ms } = await system().service(name).terminate();
      assert.deepEqual({ code, signal }, { code: 0, signal: null });
      console.log(`        ended in ${(ms / 1000).toFixed(1)} s`);
      await posting.stop();
    });
  }
});

/** Longer than the relay's lease of 10 s, and than a workflow task or an activity may take. */
async function untilLeasesHaveRunOut({ ordersDb }: System): Promise<void> {
  await eventually(
    'a row of the outbox to have waited longer than any lease',
    async () => {
      const { rows } = await ordersDb.query(
        "select from outbox where dispatched_at is null and created_at < now() - interval '11 seconds'",
      );
      return rows.length > 0;
    },
    { within: 30_000 },
  );
}
