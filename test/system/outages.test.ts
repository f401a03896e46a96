import assert from 'node:assert/strict';
import { DECIDED_WITHIN } from '#test/support/system/decided.ts';
import { checkInvariantsAfterwards } from '#test/support/system/invariants.ts';
import { NOTICED_WITHIN, surviveOutage, untilRetrying, untilRole } from '#test/support/system/outages.ts';
import { withSharedSystem } from '#test/support/system/shared-system.ts';
import { eventually } from '#tools/testbed/eventually.ts';

// Orders keep being placed in each of these, and each must be answered 201 unless it says otherwise.

describe('the system while Temporal is away', function () {
  this.timeout(DECIDED_WITHIN + 2 * NOTICED_WITHIN);
  const system = withSharedSystem();
  checkInvariantsAfterwards(system);

  it('takes orders, and decides them once Temporal accepts connections again', async () => {
    const { workflowsToTemporal: link } = system().links;
    await surviveOutage(system(), {
      strike: async () => link.cut(),
      meanwhile: async () => untilRole(system(), 'workflows', 'relay', false),
      heal: async () => link.heal(),
    });
  });

  it('takes orders, and decides them once Temporal answers again, though old connections stay silent', async () => {
    const { workflowsToTemporal: link } = system().links;
    await surviveOutage(system(), {
      strike: () => link.halfOpen(),
      meanwhile: async () => untilRole(system(), 'workflows', 'worker', false),
      heal: async () => link.heal('stays silent'),
    });
  });

  it('takes orders, and decides them once Temporal answers again, and old connections go on', async () => {
    const { workflowsToTemporal: link } = system().links;
    await surviveOutage(system(), {
      strike: () => link.halfOpen(),
      meanwhile: async () => untilRole(system(), 'workflows', 'worker', false),
      heal: async () => link.heal('goes on'),
    });
  });

  it('takes orders, and decides them once Temporal was killed and started again on its data', async () => {
    const { temporal } = system();
    await surviveOutage(system(), {
      strike: async () => temporal.kill(),
      meanwhile: async () => untilRole(system(), 'workflows', 'relay', false),
      heal: async () => temporal.start(),
    });
  });
});

describe('the system while Kafka is away', function () {
  this.timeout(DECIDED_WITHIN + 2 * NOTICED_WITHIN);
  const system = withSharedSystem();
  checkInvariantsAfterwards(system);

  it('takes and debits orders, and reports them once Kafka accepts connections again', async () => {
    const { ordersToKafka, workflowsToKafka } = system().links;
    await surviveOutage(system(), {
      strike: async () => void (await Promise.all([ordersToKafka.cut(), workflowsToKafka.cut()])),
      async meanwhile() {
        await untilRole(system(), 'orders', 'consumer', false);
        const { status } = await fetch(`${system().service('orders').url}/health/serving`);
        assert.equal(status, 200, 'a balancer goes on sending requests');
        await untilRetrying(system(), 'report');
      },
      heal: async () => void (await Promise.all([ordersToKafka.heal(), workflowsToKafka.heal()])),
    });
  });

  it('takes and debits orders, and reports them once Kafka answers again, though old connections stay silent', async () => {
    const { ordersToKafka, workflowsToKafka } = system().links;
    await surviveOutage(system(), {
      strike: () => [ordersToKafka, workflowsToKafka].forEach((link) => link.halfOpen()),
      meanwhile: async () =>
        Promise.all([untilRole(system(), 'orders', 'consumer', false), untilRetrying(system(), 'report')]),
      heal: async () => void (await Promise.all([ordersToKafka.heal(), workflowsToKafka.heal()])),
    });
  });

  it('takes and debits orders, and reports them once Kafka was killed and started again, to a new consumer in the same process', async () => {
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

describe('the system while payments’ database is away from the workflows', function () {
  this.timeout(DECIDED_WITHIN + 2 * NOTICED_WITHIN);
  const system = withSharedSystem();
  checkInvariantsAfterwards(system);

  it('declines nothing, and debits once the database accepts connections again', async () => {
    const { workflowsToPaymentsDb: link } = system().links;
    await surviveOutage(system(), {
      strike: async () => link.cut(),
      meanwhile: async () => untilRetrying(system(), 'debit'),
      heal: async () => link.heal(),
    });
  });

  it('declines nothing, and debits once the database answers again, though old connections stay silent', async () => {
    const { workflowsToPaymentsDb: link } = system().links;
    await surviveOutage(system(), {
      strike: () => link.halfOpen(),
      meanwhile: async () => untilRetrying(system(), 'debit'),
      heal: async () => link.heal(),
    });
  });
});

describe('the system while the outbox cannot be read or marked', function () {
  this.timeout(DECIDED_WITHIN + 2 * NOTICED_WITHIN);
  const system = withSharedSystem();
  checkInvariantsAfterwards(system);

  it('takes orders, and decides them once the database accepts the relay again', async () => {
    const { workflowsToOrdersDb: link } = system().links;
    await surviveOutage(system(), {
      strike: async () => link.cut(),
      meanwhile: async () => untilRole(system(), 'workflows', 'relay', false),
      heal: async () => link.heal(),
    });
    await untilRole(system(), 'workflows', 'relay', true);
  });

  it('takes orders, and decides them once the database answers the relay again, though old connections stay silent', async () => {
    const { workflowsToOrdersDb: link } = system().links;
    await surviveOutage(system(), {
      strike: () => link.halfOpen(),
      meanwhile: async () => untilRole(system(), 'workflows', 'relay', false),
      heal: async () => link.heal(),
    });
    await untilRole(system(), 'workflows', 'relay', true);
  });
});

describe('the system while PostgreSQL is away from orders', function () {
  this.timeout(DECIDED_WITHIN + 2 * NOTICED_WITHIN);
  const system = withSharedSystem();
  checkInvariantsAfterwards(system);

  // The consumer notices only when a message comes, and while orders are refused none need come.
  it('answers 503, keeps what it took before, and goes on once PostgreSQL accepts connections again', async () => {
    const { ordersToPostgres: link } = system().links;
    await surviveOutage(system(), {
      refusals: 'unavailable',
      strike: async () => link.cut(),
      meanwhile: async () => untilRole(system(), 'orders', 'database', false),
      heal: async () => link.heal(),
    });
    await untilRole(system(), 'orders', 'consumer', true);
  });

  it('answers 503, keeps what it took before, and goes on once PostgreSQL answers again, though old connections stay silent', async () => {
    const { ordersToPostgres: link } = system().links;
    await surviveOutage(system(), {
      refusals: 'unavailable',
      strike: () => link.halfOpen(),
      meanwhile: async () => untilRole(system(), 'orders', 'database', false),
      heal: async () => link.heal(),
    });
    await untilRole(system(), 'orders', 'consumer', true);
  });

  it('answers 503, keeps what it took before, and goes on once PostgreSQL was killed from under all services and started again', async () => {
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

describe('the system while PostgreSQL accepts reads only, as an old primary does after a failover', function () {
  this.timeout(DECIDED_WITHIN + 2 * NOTICED_WITHIN);
  const system = withSharedSystem();
  checkInvariantsAfterwards(system);

  it('answers 503, and goes on in the same processes once writes are possible', async () => {
    const { ordersDb, paymentsDb } = system();
    const services = ['orders', 'payments', 'workflows'] as const;
    const pids = () => services.map((name) => system().service(name).pid);
    const before = pids();
    const alter = async (change: string) => {
      for (const [db, roles] of [
        [ordersDb, ['orders', 'workflows']],
        [paymentsDb, ['payments', 'workflows']],
      ] as const) {
        const { rows } = await db.query<{ name: string }>('select current_database() as name');
        for (const role of roles) await db.query(`alter role ${role} in database ${rows[0]?.name} ${change}`);
      }
    };
    const endSessions = async () =>
      ordersDb.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where usename = any('{orders,payments,workflows}')`,
      );
    await surviveOutage(system(), {
      refusals: 'unavailable',
      async strike() {
        await alter('set default_transaction_read_only = on');
        await endSessions();
      },
      async meanwhile() {
        const asked = [
          ['orders', 'database'],
          ['payments', 'database'],
          ['workflows', 'orders database'],
          ['workflows', 'payments database'],
        ] as const;
        for (const [service, role] of asked) {
          await eventually(`${service} to give the reason`, async () =>
            /accepts no writes/.test((await untilRole(system(), service, role, false)) ?? ''),
          );
        }
      },
      // The sessions that are open stay open.
      heal: async () => alter('reset default_transaction_read_only'),
    });
    for (const name of services)
      await untilRole(system(), name, name === 'workflows' ? 'relay' : 'database', true);
    assert.deepEqual(pids(), before);
  });
});
