import assert from 'node:assert/strict';
import { sql } from 'kysely';
import type { ClaimedRow } from '#packages/temporal-outbox/src/claim.queries.ts';
import { setDue } from '#packages/temporal-outbox/src/outbox.queries.ts';
import { blocksRead } from '#test/support/database/blocks-read.ts';
import { claimRows } from '#test/support/database/claim-rows.ts';
import { openClient } from '#test/support/database/open-client.ts';
import { openShop } from '#test/support/database/orders-database.ts';
import type { Shop } from '#test/support/database/orders-database.ts';

describe('keys take turns in the outbox', () => {
  let shop: Shop;
  beforeEach(async () => {
    shop = await openShop();
    await sql`alter table outbox disable trigger user`.execute(shop.db);
  });
  afterEach(async () => shop[Symbol.asyncDispose]());

  const claim = async (limit: number) => claimRows(shop.workflowsDb, { limit });
  const enqueue = async (key: string | null, from: number, to: number) =>
    sql`select enqueue_workflow('pay', ${key ?? 'none'}::text || '-' || n, '{}', '', ${key})
      from generate_series(${from}::integer, ${to}::integer) as n`.execute(shop.db);
  const countOf = (key: string, rows: readonly ClaimedRow[]) =>
    rows.filter(({ workflowId }) => workflowId.startsWith(`${key}-`)).length;

  it('so that one row of a key is in the next claim, behind thousands of another', async () => {
    await enqueue('many', 1, 3_000);
    await enqueue('one', 1, 1);
    assert.equal(countOf('one', await claim(2)), 1);
    assert.equal(countOf('many', await claim(64)), 64);
    await enqueue('one', 2, 2);
    await enqueue('another', 1, 1);
    const rows = await claim(4);
    assert.deepEqual([countOf('one', rows), countOf('another', rows)], [1, 1]);
  });

  it('one by one, from when a key has its first row on', async () => {
    await enqueue('many', 1, 1_000);
    await claim(300);
    await enqueue('some', 1, 100);
    const rows = await claim(202);
    assert.equal(countOf('some', rows), 100);
    assert.equal(countOf('many', rows), 102);
  });

  it('and each key’s own rows come in their order', async () => {
    await enqueue('a', 1, 20);
    await enqueue('b', 1, 20);
    const claimed: ClaimedRow[] = [];
    for (let n = 0; n < 40; n++) claimed.push(...(await claim(1)));
    for (const key of ['a', 'b']) {
      assert.deepEqual(
        claimed.map(({ workflowId }) => workflowId).filter((id) => id.startsWith(`${key}-`)),
        Array.from({ length: 20 }, (_, n) => `${key}-${n + 1}`),
      );
    }
  });

  it('and a key that was served for long is not behind one that comes later', async () => {
    await enqueue('early', 1, 500);
    await claim(400);
    await enqueue('late', 1, 500);
    const rows = await claim(100);
    assert.equal(countOf('early', rows), 50);
  });

  it('and rows without a key, and those that came back, share every second place', async () => {
    await enqueue('keyed', 1, 200);
    const back = await claim(50);
    await setDue(
      shop.workflowsDb,
      back.map(({ outboxId }) => outboxId),
    );
    await enqueue(null, 1, 100);
    const rows = await claim(64);
    assert.equal(rows.filter(({ outboxId }) => back.some((row) => row.outboxId === outboxId)).length, 32);
    assert.equal(countOf('keyed', rows), 64);
    assert.equal(countOf('none', await claim(64)), 14);
  });

  it('and customers are the keys of the orders', async () => {
    const [greedy, other] = ['00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-000000000002'];
    for (let n = 0; n < 10; n++) await shop.place({ userId: greedy });
    const { reply } = await shop.place({ userId: other });
    const rows = await claim(2);
    assert.ok(rows.some(({ workflowId }) => workflowId === `order-${reply.orderId}`));
  });

  it('at the same cost, however many rows wait, and also when the statistics know of none', async function () {
    this.timeout(120_000);
    const client = await openClient(shop.url);
    await client.query('alter table outbox set (autovacuum_enabled = off)');
    const insert = async (from: number, to: number, turn: string, due: string) =>
      client.query(`insert into outbox (kind, workflow_id, payload, traceparent, fairness_key, turn, due_at)
        select 'pay', 'waiting-' || n, '{}', '', 'waiting', ${turn}, ${due} from generate_series(${from}, ${to}) as n`);
    const assertBounded = async () => {
      const one = await blocksRead(shop.workflowsUrl, async () => claim(1));
      assert.ok(one <= 200, `a claim of one row touched ${one} blocks`);
      const many = await blocksRead(shop.workflowsUrl, async () => claim(64));
      assert.ok(many <= 3_000, `a claim of 64 rows touched ${many} blocks`);
      for (const key of ['waiting', 'new']) {
        const blocks = await blocksRead(shop.url, async () => enqueue(key, 1_000_000, 1_000_000));
        assert.ok(blocks <= 200, `a row of the key ${key} touched ${blocks} blocks`);
      }
    };
    try {
      await insert(200_001, 250_000, 'null', 'now()');
      await client.query('update outbox set dispatched_at = now()');
      await client.query('vacuum analyze outbox');
      await insert(1, 100_000, 'n', 'now()');
      await insert(100_001, 150_000, 'null', 'now()');
      await insert(150_001, 200_000, 'null', `now() + interval '1 hour'`);
      await assertBounded();
      await client.query('analyze outbox');
      await assertBounded();
    } finally {
      await client.end();
    }
  });

  it('and while row versions cannot be cleaned up, a further row of a key costs the same', async () => {
    const holder = await openClient(shop.url);
    await holder.query('begin isolation level repeatable read; select 1');
    for (let round = 0; round < 40; round++) {
      await enqueue('busy', round * 100 + 1, round * 100 + 100);
      await claim(100);
    }
    const blocks = await blocksRead(shop.url, async () => enqueue('busy', 1_000_000, 1_000_000));
    await holder.end();
    assert.ok(blocks <= 200, `the row touched ${blocks} blocks`);
  });
});
