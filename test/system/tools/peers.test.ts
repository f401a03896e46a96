import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { infrastructure, systemsFolder } from '#test/support/infrastructure.ts';
import { openRig } from '#tools/bench/open-rig.ts';
import type { Rig } from '#tools/bench/open-rig.ts';
import type { RunningPeer } from '#tools/bench/peers/peer.ts';
import { PEERS } from '#tools/bench/peers/peers.ts';
import { openGozonClient } from '#tools/load/generate/gozon-client.ts';
import { eventually } from '#tools/testbed/eventually.ts';

describe('each peer of the benchmark', function () {
  this.timeout(120_000);
  let rig: Rig;

  before(async () => {
    rig = await openRig(path.join(systemsFolder(infrastructure().settings), 'peers'));
  });
  after(async () => rig[Symbol.asyncDispose]());

  for (const peer of PEERS) {
    it(`pays orders once: ${peer.name}`, async function () {
      if (peer.missing?.() !== undefined) this.skip();
      await using stack = new AsyncDisposableStack();
      const running = await peer.start(rig, stack);
      const [userId = ''] = await running.openCustomers(1);
      const keys = Array.from({ length: 5 }, () => randomUUID());
      const place = placeAt(running, stack);

      const placed = await Promise.all(keys.map(async (key) => place(userId, key)));
      const again = await Promise.all(keys.map(async (key) => place(userId, key)));
      assert.deepEqual(again, placed);
      assert.equal(new Set(placed).size, keys.length);
      // An account that does not exist has no money.
      const refused = running.outcomes ? [await place(randomUUID(), randomUUID())] : [];

      const all = [...placed, ...refused];
      await eventually(
        'all orders to be decided',
        async () => (await running.decidedAt(all)).size === all.length,
        {
          within: 60_000,
        },
      );
      const now = Date.now();
      for (const at of (await running.decidedAt(all)).values()) assert.ok(Math.abs(now - at) < 120_000);
      if (running.outcomes) {
        const { statuses, postings } = await running.outcomes(all);
        assert.deepEqual(statuses, [...placed.map(() => 'paid'), ...refused.map(() => 'failed')]);
        assert.equal(postings, 2 * placed.length);
      }
      for (const { pid } of running.processes) assert.ok(process.kill(pid, 0));
    });
  }
});

function placeAt({ baseUrl }: RunningPeer, stack: AsyncDisposableStack) {
  const client = stack.use(openGozonClient({ baseUrl }));
  return async (userId: string, key: string): Promise<string> => {
    const headers = { 'X-User-Id': userId, 'Idempotency-Key': key };
    const { status, body } = await client.send({
      method: 'POST',
      path: '/api/orders',
      headers,
      body: { amount: 1 },
    });
    assert.equal(status, 201);
    return (body as { orderId: string }).orderId;
  };
}
