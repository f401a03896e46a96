import assert from 'node:assert/strict';
import { Client, Connection } from '@temporalio/client';
import { namespace } from '#temporal-config/namespace.ts';
import { DECIDED_WITHIN, untilRightlyDecided } from '#test/support/system/decided.ts';
import { untilRetrying } from '#test/support/system/outages.ts';
import type { Placed } from '#test/support/system/posting.ts';
import { startTestSystem } from '#test/support/system/test-system.ts';
import { openCustomer } from '#tools/testbed/customers.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import type { System } from '#tools/testbed/system.ts';

describe('an order that the rest of the system has forgotten', function () {
  this.timeout(DECIDED_WITHIN + 60_000);
  let system: System;
  before(async () => {
    system = await startTestSystem({
      tell: (name) => (name === 'orders' ? { SWEEP_EVERY: '1', SWEEP_AFTER: '2' } : {}),
    });
  });
  after(async () => system[Symbol.asyncDispose]());

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

  it('is decided though its workflow was terminated', async () => {
    const placed = await placeInVain();
    await terminate(placed.orderId);
    await system.links.workflowsToPaymentsDb.heal();
    await untilRightlyDecided(system, [placed]);
  });

  it('is decided though its outbox row is gone too', async () => {
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
});
