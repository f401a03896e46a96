import { randomUUID } from 'node:crypto';
import type { SystemReply } from '#contracts/http/system-api.ts';
import { MANY_TRANSACTIONS } from '#platform/postgres/watch-oldest-snapshot.ts';
import { withSharedSystem } from '#test/support/system/shared-system.ts';
import { eventually } from '#tools/testbed/eventually.ts';

describe('a snapshot that is held while many transactions pass', function () {
  this.timeout(120_000);
  const system = withSharedSystem();

  it('is a warning in what operators see of orders and of payments, which stay ready', async () => {
    for (const [name, pool] of [
      ['orders', system().ordersDb],
      ['payments', system().paymentsDb],
    ] as const) {
      const client = await pool.connect();
      try {
        await client.query('begin isolation level repeatable read; select 1');
        await pool.query(
          `do $$ begin for i in 1..${MANY_TRANSACTIONS} loop perform pg_current_xact_id(); commit; end loop; end $$`,
        );
        await eventually(
          `${name} to warn`,
          async () => {
            const reply = await system().client.as(randomUUID()).send({ method: 'GET', path: '/api/system' });
            const { ready, warning } = (reply.body as SystemReply).processes[name]?.roles['database'] ?? {};
            return ready === true && warning?.includes('no dead row is removed');
          },
          { within: 60_000 },
        );
      } finally {
        await client.query('rollback');
        client.release();
      }
    }
  });
});
