import assert from 'node:assert/strict';
import { DECIDED_WITHIN } from '#test/support/system/decided.ts';
import { NOTICED_WITHIN, surviveOutage, untilRetrying, untilRole } from '#test/support/system/outages.ts';
import { withSharedSystem } from '#test/support/system/shared-system.ts';

// Orders keep being placed in each of these, and each must be answered 201 unless it says otherwise.

describe('while Temporal is away, orders are taken, and decided when it is back', function () {
  this.timeout(DECIDED_WITHIN + 2 * NOTICED_WITHIN);
  const system = withSharedSystem();

  it('though it refuses connections', async () => {
    const { workflowsToTemporal: link } = system().links;
    await surviveOutage(system(), {
      strike: async () => link.cut(),
      meanwhile: async () => untilRole(system(), 'workflows', 'relay', false),
      heal: async () => link.heal(),
    });
  });

  it('though it is silent, and the connections from before stay so', async () => {
    const { workflowsToTemporal: link } = system().links;
    await surviveOutage(system(), {
      strike: () => link.halfOpen(),
      meanwhile: async () => untilRole(system(), 'workflows', 'worker', false),
      heal: async () => link.heal('stays silent'),
    });
  });

  it('though it is silent, and the connections from before go on', async () => {
    const { workflowsToTemporal: link } = system().links;
    await surviveOutage(system(), {
      strike: () => link.halfOpen(),
      meanwhile: async () => untilRole(system(), 'workflows', 'worker', false),
      heal: async () => link.heal('goes on'),
    });
  });

  it('though it was killed, and started again on its data', async () => {
    const { temporal } = system();
    await surviveOutage(system(), {
      strike: async () => temporal.kill(),
      meanwhile: async () => untilRole(system(), 'workflows', 'relay', false),
      heal: async () => temporal.start(),
    });
  });
});

describe('while Kafka is away, orders are taken and debited, and reported when it is back', function () {
  this.timeout(DECIDED_WITHIN + 2 * NOTICED_WITHIN);
  const system = withSharedSystem();

  it('though it refuses connections', async () => {
    const { ordersToKafka, workflowsToKafka } = system().links;
    await surviveOutage(system(), {
      strike: async () => void (await Promise.all([ordersToKafka.cut(), workflowsToKafka.cut()])),
      async meanwhile() {
        await untilRole(system(), 'orders', 'consumer', false);
        const { status } = await fetch(`${system().service('orders').url}/health/serving`);
        assert.equal(status, 200, 'whoever balances requests goes on sending them');
        await untilRetrying(system(), 'report');
      },
      heal: async () => void (await Promise.all([ordersToKafka.heal(), workflowsToKafka.heal()])),
    });
  });

  it('though it is silent, and the connections from before stay so', async () => {
    const { ordersToKafka, workflowsToKafka } = system().links;
    await surviveOutage(system(), {
      strike: () => [ordersToKafka, workflowsToKafka].forEach((link) => link.halfOpen()),
      meanwhile: async () =>
        Promise.all([untilRole(system(), 'orders', 'consumer', false), untilRetrying(system(), 'report')]),
      heal: async () => void (await Promise.all([ordersToKafka.heal(), workflowsToKafka.heal()])),
    });
  });

  it('though it was killed, and the consumer is made again in the same process', async () => {
    const { kafka } = system();
    const { pid } = system().service('orders');
    await surviveOutage(system(), {
      strike: async () => kafka.kill(),
      meanwhile: async () => untilRole(system(), 'orders', 'consumer', false),
      heal: async () => kafka.start(),
    });
    await untilRole(system(), 'orders', 'consumer', true);
    assert.equal(system().service('orders').ended(), false);
    assert.equal(system().service('orders').pid, pid);
  });
});

describe('while payments’ database is away from the workflows, nothing is declined for it', function () {
  this.timeout(DECIDED_WITHIN + 2 * NOTICED_WITHIN);
  const system = withSharedSystem();

  it('though it refuses connections', async () => {
    const { workflowsToPaymentsDb: link } = system().links;
    await surviveOutage(system(), {
      strike: async () => link.cut(),
      meanwhile: async () => untilRetrying(system(), 'debit'),
      heal: async () => link.heal(),
    });
  });

  it('though it is silent, and the connections from before stay so', async () => {
    const { workflowsToPaymentsDb: link } = system().links;
    await surviveOutage(system(), {
      strike: () => link.halfOpen(),
      meanwhile: async () => untilRetrying(system(), 'debit'),
      heal: async () => link.heal(),
    });
  });
});

describe('while the outbox cannot be read or marked, orders are taken', function () {
  this.timeout(DECIDED_WITHIN + 2 * NOTICED_WITHIN);
  const system = withSharedSystem();

  it('though the database refuses the relay', async () => {
    const { workflowsToOrdersDb: link } = system().links;
    await surviveOutage(system(), {
      strike: async () => link.cut(),
      meanwhile: async () => untilRole(system(), 'workflows', 'relay', false),
      heal: async () => link.heal(),
    });
    await untilRole(system(), 'workflows', 'relay', true);
  });

  it('though the database is silent to the relay, and the connections from before stay so', async () => {
    const { workflowsToOrdersDb: link } = system().links;
    await surviveOutage(system(), {
      strike: () => link.halfOpen(),
      meanwhile: async () => untilRole(system(), 'workflows', 'relay', false),
      heal: async () => link.heal(),
    });
    await untilRole(system(), 'workflows', 'relay', true);
  });
});

describe('while PostgreSQL is away from orders, orders are refused with 503 and those taken before are kept', function () {
  this.timeout(DECIDED_WITHIN + 2 * NOTICED_WITHIN);
  const system = withSharedSystem();

  // The consumer notices only when a message comes, and while orders are refused none need come.
  it('though it refuses connections', async () => {
    const { ordersToPostgres: link } = system().links;
    await surviveOutage(system(), {
      refusals: 'unavailable',
      strike: async () => link.cut(),
      meanwhile: async () => untilRole(system(), 'orders', 'database', false),
      heal: async () => link.heal(),
    });
    await untilRole(system(), 'orders', 'consumer', true);
  });

  it('though it is silent, and the connections from before stay so', async () => {
    const { ordersToPostgres: link } = system().links;
    await surviveOutage(system(), {
      refusals: 'unavailable',
      strike: () => link.halfOpen(),
      meanwhile: async () => untilRole(system(), 'orders', 'database', false),
      heal: async () => link.heal(),
    });
    await untilRole(system(), 'orders', 'consumer', true);
  });

  it('though it was killed, from under all services at once', async () => {
    const { postgres } = system();
    await surviveOutage(system(), {
      refusals: 'unavailable',
      strike: async () => postgres.kill(),
      meanwhile: async () => untilRole(system(), 'workflows', 'relay', false),
      heal: async () => postgres.start(),
    });
    for (const [name, role] of [
      ['orders', 'consumer'],
      ['workflows', 'relay'],
      ['payments', 'database'],
    ] as const) {
      await untilRole(system(), name, role, true);
    }
  });
});
