import assert from 'node:assert/strict';
import type { OrderChange, OrderStream } from '@gozon/client';
import { openGozonClient } from '#tools/load/generate/gozon-client.ts';
import type { GozonClient } from '#tools/load/generate/gozon-client.ts';
import type { Component } from '#tools/testbed/component.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import { startExtraProcess } from '#tools/testbed/extra-process.ts';
import type { System } from '#tools/testbed/system.ts';

/** A second copy of orders for the tests of a suite, with a gateway that knows only it. */
export function withSecondCopy(system: () => System) {
  const stack = new AsyncDisposableStack();
  let second: { orders: Component; gateway: Component; client: GozonClient };

  before('a second copy of orders is up, with a gateway that knows only it', async function () {
    this.timeout(60_000);
    const orders = stack.use(await startExtraProcess(system(), 'orders'));
    const settings = { ORDERS_URL: orders.url, RATE_LIMIT_PER_USER: '10000' };
    const gateway = stack.use(await startExtraProcess(system(), 'gateway', settings));
    const client = stack.use(openGozonClient({ baseUrl: gateway.url, connections: 600 }));
    second = { orders, gateway, client };
  });
  after(async () => stack.disposeAsync());
  return () => second;
}

/** Asserts that each order was created once, then paid once, and that `orders` of them were placed. */
export function assertEachOnce(changes: readonly OrderChange[], orders: number): void {
  const byOrder = Map.groupBy(changes, ({ order }) => order.orderId);
  assert.equal(byOrder.size, orders);
  for (const [orderId, those] of byOrder) {
    assert.deepEqual(
      those.map(({ order }) => order.status),
      ['created', 'paid'],
      orderId,
    );
  }
  assert.equal(new Set(changes.map(({ id }) => id)).size, changes.length);
}

/** Reads a stream in the background. */
export function collect(stream: OrderStream) {
  const changes: OrderChange[] = [];
  const ended = (async () => {
    for await (const change of stream) changes.push(change);
  })();
  // It is rejected when the stream is disposed of.
  ended.catch(() => {});
  return {
    changes,
    ended,
    /** Waits for this number of changes, and asserts that there are no more. */
    async until(count: number) {
      await eventually(`${count} changes`, () => changes.length >= count, { within: 60_000 });
      assert.equal(changes.length, count);
    },
  };
}
