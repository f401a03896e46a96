import assert from 'node:assert/strict';
import { createInFlight, startRelay } from '@gozon/temporal-outbox';
import { createWakeUp } from '@gozon/timing';
import { createLogger } from '#platform/process/logger.ts';
import { decisionOf } from '#test/support/workflow/decision-of.ts';
import { complete, openRelayRig } from '#test/support/workflow/relay-rig.ts';
import type { RelayRig } from '#test/support/workflow/relay-rig.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import { PAYMENT_KINDS } from '#workflows/payment/payment-kinds.ts';

const LIMIT = 5;

describe('a relay with a limit of workflows in flight', function () {
  this.timeout(90_000);
  let rig: RelayRig;
  before(async () => {
    rig = await openRelayRig();
  });
  after(async () => rig[Symbol.asyncDispose]());

  it('never exceeds it, and starts the next order as soon as one is reported', async () => {
    const orderIds = await rig.place(12);
    const waiting: (() => void)[] = [];
    const unreported = new Set<string>();
    let most = 0;
    await rig.run(
      {
        limit: LIMIT,
        activities: {
          async debit(order) {
            unreported.add(order.orderId);
            most = Math.max(most, unreported.size);
            return complete(order);
          },
          async report(report) {
            await new Promise<void>((resolve) => waiting.push(resolve));
            unreported.delete(decisionOf(report).orderId);
          },
        },
      },
      async ({ wakeUp }) => {
        for (let left = orderIds.length; left > 0; left--) {
          await eventually('as many reports as may be', () => waiting.length >= Math.min(left, LIMIT));
          wakeUp.set();
          waiting.shift()?.();
        }
        await rig.untilDispatched(orderIds);
      },
    );
    assert.equal(most, LIMIT);
  });

  it('goes on for orders that another worker reports, when their time is over', async () => {
    // Reports that this relay never hears of hold their places until these expire.
    const orderIds = await rig.place(LIMIT + 3);
    const rows = await rig.run({ limit: LIMIT, expiry: 500, isDeaf: true }, async () =>
      rig.untilDispatched(orderIds),
    );
    assert.deepEqual(new Set(rows.map(({ attempts }) => attempts)), new Set([1]));
  });

  it('goes on soon for orders that were not started eagerly, which another worker may report', async () => {
    const orderIds = await rig.place(LIMIT + 3);
    // Alone in its process: a start is eager only on the connection of a worker.
    await using _relay = startRelay({
      db: rig.shop.workflowsDb,
      workflows: rig.server.client.workflow,
      kinds: PAYMENT_KINDS,
      inFlight: createInFlight(LIMIT, 1e9),
      wakeUp: createWakeUp(),
      log: createLogger('test', 'silent'),
      onState: () => {},
      onTried: () => {},
    });
    const rows = await rig.untilDispatched(orderIds);
    assert.deepEqual(new Set(rows.map(({ startedEagerly }) => startedEagerly)), new Set([false]));
  });

  it('leaves no row in between when it stops: each is dispatched, or due for another relay', async () => {
    const orderIds = await rig.place(40);
    await rig.run({ limit: 40 }, async () =>
      eventually('the first to be dispatched', async () =>
        (await rig.rows(orderIds)).some(({ isDispatched }) => isDispatched),
      ),
    );
    const limbo = (await rig.rows(orderIds)).filter(({ isDispatched, isDue }) => !isDispatched && !isDue);
    assert.deepEqual(limbo, []);
  });
});
