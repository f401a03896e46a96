import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { ApiProblem } from '@gozon/client';
import { sql } from 'kysely';
import { openDatabase } from '#platform/postgres/database.ts';
import { purgeKeys } from '#platform/postgres/purge-keys.ts';
import { createLogger } from '#platform/process/logger.ts';
import { createScratchDatabase } from '#test/support/databases.ts';
import { withSharedSystem } from '#test/support/system/shared-system.ts';
import { openCustomer } from '#tools/testbed/customers.ts';
import { eventually } from '#tools/testbed/eventually.ts';

describe('pagination', () => {
  const system = withSharedSystem();

  it('lists each order once over all pages while more are placed', async () => {
    const customer = system().client.as(randomUUID());
    const placed: string[] = [];
    for (let turn = 0; turn < 7; turn++) placed.unshift((await customer.placeOrder({ amount: 1n })).orderId);
    const seen: string[] = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page = await customer.orders({ limit: 2, ...(cursor !== undefined && { cursor }) });
      seen.push(...page.items.map(({ orderId }) => orderId));
      cursor = page.nextCursor;
      await customer.placeOrder({ amount: 1n });
    }
    assert.deepEqual(seen, placed);
  });

  it('lists the orders of one status', async () => {
    const customer = await openCustomer(system(), 10n);
    for (const amount of [4n, 100n, 4n, 100n]) {
      const { orderId } = await customer.placeOrder({ amount });
      await eventually('it to be decided', async () => (await customer.order(orderId)).status !== 'created');
    }
    for (const [status, amount] of [
      ['paid', 4n],
      ['failed', 100n],
    ] as const) {
      const first = await customer.orders({ status, limit: 1 });
      const second = await customer.orders({ status, limit: 1, cursor: first.nextCursor ?? '' });
      assert.deepEqual(
        [...first.items, ...second.items].map((order) => [order.status, order.amount]),
        [
          [status, amount],
          [status, amount],
        ],
      );
      assert.equal(second.nextCursor, null);
    }
    assert.deepEqual(await customer.orders({ status: 'refunded' }), { items: [], nextCursor: null });
  });

  it('accepts only a cursor of the same list and user', async () => {
    const [owner, other] = [await openCustomer(system(), 10n), await openCustomer(system(), 10n)];
    for (const customer of [owner, other]) {
      await customer.placeOrder({ amount: 100n });
      await customer.placeOrder({ amount: 100n });
      await customer.topUp(1n);
    }
    const mine = (await owner.orders({ limit: 1 })).nextCursor ?? '';
    const movement = (await owner.statement({ limit: 1 })).nextCursor ?? '';
    assert.ok(mine !== '' && movement !== '');
    const [key, mac] = mine.split('.');
    for (const forged of [
      async () => other.orders({ cursor: mine }),
      async () => other.statement({ cursor: movement }),
      async () => owner.orders({ cursor: movement }),
      async () =>
        owner.orders({ cursor: `${key}.${mac?.replace(/^./, (letter) => (letter === 'A' ? 'B' : 'A'))}` }),
      async () => owner.statement({ cursor: mine }),
    ]) {
      await assert.rejects(forged, (error) => {
        assert.ok(error instanceof ApiProblem);
        assert.deepEqual(
          [error.status, error.code, error.body.errors?.[0]?.field],
          [400, 'invalid_parameter', 'cursor'],
        );
        return true;
      });
    }
  });

  it('lists a statement with the balance after each movement, down to zero', async () => {
    const customer = await openCustomer(system(), 1_000n);
    for (const amount of [300n, 200n, 100n]) {
      const { orderId } = await customer.placeOrder({ amount });
      await eventually('it to be paid', async () => (await customer.order(orderId)).status === 'paid');
    }
    await customer.topUp(50n);
    const movements = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page = await customer.statement({ limit: 2, ...(cursor !== undefined && { cursor }) });
      movements.push(...page.items);
      cursor = page.nextCursor;
    }
    assert.deepEqual(
      movements.map(({ kind, amount, balanceAfter }) => [kind, amount, balanceAfter]),
      [
        ['top_up', 50n, 450n],
        ['debit', -100n, 400n],
        ['debit', -200n, 500n],
        ['debit', -300n, 700n],
        ['top_up', 1_000n, 1_000n],
      ],
    );
    assert.equal((await customer.account()).balance, 450n);
    assert.equal(movements.filter(({ orderId }) => orderId !== null).length, 3);
  });
});

describe('idempotency keys', () => {
  it('keeps idempotency keys for 24 hours, then deletes a thousand at a time', async () => {
    await using scratch = await createScratchDatabase('orders');
    await using db = openDatabase<Record<string, never>>({
      url: scratch.url,
      name: 'test',
      log: createLogger('test', 'silent'),
    });
    await sql`
      insert into idempotency_keys (scope, key, request_hash, reply, created_at)
      select 'x', n::text, '', '{}', now() - case when n <= 1200 then interval '24 hours 1 minute' else '23 hours' end
      from generate_series(1, 1300) as n`.execute(db);
    const batches = [];
    for (let turn = 0; turn < 3; turn++) batches.push(await purgeKeys(db));
    assert.deepEqual(batches, [
      { purged: 1_000, more: true },
      { purged: 200, more: false },
      { purged: 0, more: false },
    ]);
    const { rows } = await sql<{ left: bigint }>`select count(*) as left from idempotency_keys`.execute(db);
    assert.equal(Number(rows[0]?.left), 100);
  });
});
