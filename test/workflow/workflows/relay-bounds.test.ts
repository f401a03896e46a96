import assert from 'node:assert/strict';
import { Client } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { infrastructure } from '#test/support/infrastructure.ts';
import { openDevServer } from '#test/support/workflow/dev-server.ts';
import type { DevServer } from '#test/support/workflow/dev-server.ts';
import { complete, openRelayRig } from '#test/support/workflow/relay-rig.ts';
import type { RelayRig } from '#test/support/workflow/relay-rig.ts';
import { eventually } from '#tools/testbed/eventually.ts';

const LIMIT = 5;

/** A start is eager only on the connection of a worker: here they have one each. */
async function withoutEagerStarts(): Promise<DevServer> {
  await using stack = new AsyncDisposableStack();
  const server = stack.use(await openDevServer());
  const connection = await NativeConnection.connect({ address: infrastructure().temporal });
  stack.defer(async () => connection.close());
  const opened = stack.move();
  return {
    ...server,
    client: new Client({ connection, namespace: server.namespace }),
    [Symbol.asyncDispose]: async () => opened.disposeAsync(),
  };
}

describe('the relay, which may have few orders started and not reported,', function () {
  this.timeout(90_000);
  let rig: RelayRig;
  before(async () => {
    rig = await openRelayRig();
  });
  after(async () => rig[Symbol.asyncDispose]());

  it('starts no more than that, and the next as soon as one is reported', async () => {
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
          async report({ decision }) {
            await new Promise<void>((resolve) => waiting.push(resolve));
            unreported.delete(decision.orderId);
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
    await using elsewhere = await openRelayRig(withoutEagerStarts);
    const orderIds = await elsewhere.place(LIMIT + 3);
    const rows = await elsewhere.run({ limit: LIMIT, isDeaf: true }, async () =>
      elsewhere.untilDispatched(orderIds),
    );
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
