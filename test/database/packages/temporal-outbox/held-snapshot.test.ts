import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mock } from 'node:test';
import { sql } from 'kysely';
import { createClaim } from '#packages/temporal-outbox/src/create-claim.ts';
import { setDispatched, setDue, setFailed } from '#packages/temporal-outbox/src/outbox.queries.ts';
import { blocksRead } from '#test/support/database/blocks-read.ts';
import { openClient } from '#test/support/database/open-client.ts';
import { openShop } from '#test/support/database/orders-database.ts';
import type { Shop } from '#test/support/database/orders-database.ts';

const PASSED = 20_000;

/** Each has an index entry for its turn and one for its lease, which stay while the snapshot is held. */
describe('while a snapshot is held and many rows pass', function () {
  this.timeout(60_000);
  let shop: Shop;
  const stack = new AsyncDisposableStack();

  before(async () => {
    shop = stack.use(await openShop());
    await sql`alter table outbox disable trigger user`.execute(shop.db);
    const [holder, client] = [await openClient(shop.url), await openClient(shop.url)];
    stack.defer(async () => holder.end());
    await holder.query('begin isolation level repeatable read; select');
    await client.query(
      `insert into outbox (kind, workflow_id, payload, traceparent, fairness_key, turn)
       select 'pay', 'passed-' || n, '{}', '', 'key-' || n, n from generate_series(1, ${PASSED}) n`,
    );
    await client.query(`update outbox set turn = null, due_at = now() - interval '1 minute'`);
    await client.query('update outbox set dispatched_at = now()');
    await client.query(`select setval('outbox_turn', ${PASSED})`);
    // As autovacuum does it. Then the statistics say that hardly any row waits, and so that the index of those is small.
    await client.query('analyze outbox');
    await client.end();
  });
  after(async () => stack.disposeAsync());

  afterEach(() => mock.restoreAll());

  const enqueue = async (id: string, db: Pick<Shop['db'], 'getExecutor'> = shop.db) =>
    sql`select enqueue_workflow('pay', ${id}, '{}', '', ${id})`.execute(db);

  /** Claims after two full ones, of which the next is due when it is told to be. */
  async function openClaim() {
    let now = 0;
    mock.method(performance, 'now', () => now);
    const keys = { mostOfKey: 2, inFlight: new Map<string, number>() };
    const claim = createClaim(shop.workflowsDb, { kinds: ['pay'], lease: 600_000, keys });
    const idsOf = async () => (await claim(10)).rows.map(({ workflowId }) => workflowId);
    const letFullBeDue = () => (now += 2_000);
    for (const id of ['first', 'second', 'third']) {
      await enqueue(`${id}-${randomUUID()}`);
      assert.equal((await idsOf()).length, 1);
      letFullBeDue();
    }
    await idsOf();
    return { claim, idsOf, letFullBeDue };
  }

  it('a claim begins behind what they left in the index', async () => {
    const { claim, letFullBeDue } = await openClaim();
    await enqueue('after');
    const blocks = await blocksRead(shop.workflowsUrl, async () => claim(1));
    assert.ok(blocks < 100, `it touched ${blocks} blocks`);
    letFullBeDue();
    const ofFull = await blocksRead(shop.workflowsUrl, async () => claim(1));
    assert.ok(ofFull > PASSED / 100, `the full one touched only ${ofFull} blocks`);
  });

  it('a claim also finds a row whose transaction was open meanwhile, when the next full one is due', async () => {
    const late = await shop.db.startTransaction().execute();
    await enqueue('late', late);
    const { idsOf, letFullBeDue } = await openClaim();
    await late.commit().execute();
    await enqueue('in time');
    assert.deepEqual(await idsOf(), ['in time']);
    letFullBeDue();
    assert.deepEqual(await idsOf(), ['late']);
  });

  const writes = {
    'marks it dispatched': async (outboxId: string) =>
      setDispatched(shop.workflowsDb, [{ outboxId, sweeps: 0, runId: 'run', startedEagerly: true }]),
    'records that it failed': async (outboxId: string) =>
      setFailed(shop.workflowsDb, { outboxId, error: 'no', retryIn: 1_000 }),
    'hands it back': async (outboxId: string) => setDue(shop.workflowsDb, [outboxId]),
  };
  for (const [what, write] of Object.entries(writes)) {
    it(`what ${what} finds a claimed row by its id`, async () => {
      const { claim } = await openClaim();
      await enqueue(what);
      const [row] = (await claim(1)).rows;
      assert.ok(row);
      const blocks = await blocksRead(shop.workflowsUrl, async () => write(row.outboxId));
      assert.ok(blocks < 100, `it touched ${blocks} blocks`);
    });
  }
});
