import assert from 'node:assert/strict';
import { sql } from 'kysely';
import type { QueryExecutorProvider } from 'kysely';
import { paymentWorkflowId } from '#contracts/values/workflow-ids.ts';
import {
  findBacklog,
  findFailing,
  hasOverdueRows,
  setDispatched,
  setDue,
  setFailed,
} from '#packages/temporal-outbox/src/outbox.queries.ts';
import { claimRows } from '#test/support/database/claim-rows.ts';
import { TRACEPARENT, openShop } from '#test/support/database/orders-database.ts';
import type { Shop } from '#test/support/database/orders-database.ts';
import { payWish } from '#test/support/database/signing.ts';
import { eventually } from '#tools/testbed/eventually.ts';

const LONG = 600_000;
const KINDS = ['pay', 'cancel'];

describe('the outbox', () => {
  let shop: Shop;
  beforeEach(async () => {
    shop = await openShop();
  });
  afterEach(async () => shop[Symbol.asyncDispose]());

  const claim = async (limit: number, lease: number) => claimRows(shop.workflowsDb, { limit, lease });
  const place = async () => (await shop.place()).reply;

  it('gives each row, with what its workflow needs, to one claim only', async () => {
    const { orderId, userId, amount, currency } = await place();
    const [row, ...others] = await claim(10, LONG);
    assert.deepEqual(others, []);
    assert.ok(row);
    const { outboxId, waited, ...claimed } = row;
    assert.match(outboxId, /^\d+$/);
    assert.ok(waited >= 0 && waited < 60_000);
    assert.deepEqual(claimed, {
      kind: 'pay',
      workflowId: paymentWorkflowId(orderId),
      payload: { ...payWish({ orderId, userId, amount, currency }), amount: amount.toString() },
      traceparent: TRACEPARENT,
      tracestate: null,
      attempts: 0,
      sweeps: 0,
      fairnessKey: userId,
    });
    assert.deepEqual(await claim(10, LONG), []);
  });

  it('keeps the tracestate of a request, whatever it is made of, beside its traceparent', async () => {
    const tracestate = 'rojo=00f067aa0ba902b7,congo=of two words';
    await shop.place({ tracestate });
    const [row] = await claim(10, LONG);
    assert.deepEqual([row?.traceparent, row?.tracestate], [TRACEPARENT, tracestate]);
  });

  it('gives a row again when its lease has run out', async () => {
    await place();
    const [first] = await claim(1, 1);
    const again = await eventually('the lease to run out', async () => (await claim(1, LONG))[0]);
    assert.deepEqual(again, { ...first, waited: again.waited });
    assert.ok(again.waited > (first?.waited ?? 0));
  });

  it('waits for no disk to claim or mark a row, and for the disk with all else', async () => {
    await place();
    const durability = async (db: QueryExecutorProvider) => {
      const { rows } = await sql<{ synchronousCommit: string }>`show synchronous_commit`.execute(db);
      return rows[0]?.synchronousCommit;
    };
    await shop.workflowsDb.connection().execute(async (db) => {
      const [outboxId] = await db.transaction().execute(async (transaction) => {
        const [row] = await claimRows(transaction, { limit: 1, lease: LONG });
        assert.equal(await durability(transaction), 'off');
        return [row?.outboxId ?? assert.fail()];
      });
      assert.equal(await durability(db), 'on');
      await db.transaction().execute(async (transaction) => {
        assert.equal(await durability(transaction), 'on');
        await setDispatched(transaction, [{ outboxId, sweeps: 0, runId: 'run', startedEagerly: true }]);
        assert.equal(await durability(transaction), 'off');
      });
      assert.equal(await durability(db), 'on');
    });
  });

  it('leaves rows of a kind that only a later version knows to copies of that, and does not call them overdue', async () => {
    await place();
    await sql`update outbox set kind = 'of a later version', due_at = now() - interval '1 minute'`.execute(
      shop.db,
    );
    assert.deepEqual(await claim(10, LONG), []);
    assert.equal(await hasOverdueRows(shop.workflowsDb, { kinds: KINDS, seconds: 10 }), false);
    await sql`update outbox set kind = 'cancel'`.execute(shop.db);
    assert.equal(await hasOverdueRows(shop.workflowsDb, { kinds: KINDS, seconds: 10 }), true);
    assert.equal(await hasOverdueRows(shop.workflowsDb, { kinds: KINDS, seconds: 120 }), false);
  });

  it('gives concurrent claims disjoint rows, and all of them', async () => {
    for (let n = 0; n < 30; n++) await place();
    const claims = await Promise.all(Array.from({ length: 6 }, async () => claim(5, LONG)));
    const rest = await claim(30, LONG);
    const ids = [...claims.flat(), ...rest].map(({ outboxId }) => outboxId);
    assert.equal(ids.length, 30);
    assert.equal(new Set(ids).size, 30);
  });

  it('gives rows past one that another transaction holds, without waiting for it', async () => {
    const [held, free] = [await place(), await place()];
    const holder = await shop.db.startTransaction().execute();
    await sql`select from outbox where order_id = ${held.orderId} for update`.execute(holder);
    assert.deepEqual(
      (await claim(10, LONG)).map(({ workflowId }) => workflowId),
      [paymentWorkflowId(free.orderId)],
    );
    await holder.rollback().execute();
    assert.deepEqual(
      (await claim(10, LONG)).map(({ workflowId }) => workflowId),
      [paymentWorkflowId(held.orderId)],
    );
  });

  it('leaves a dispatched row as it is, even if a failure is reported later', async () => {
    await place();
    const [row] = await claim(1, LONG);
    assert.ok(row);
    const { outboxId } = row;
    await setDispatched(shop.workflowsDb, [{ outboxId, sweeps: 0, runId: 'run', startedEagerly: true }]);
    await setFailed(shop.workflowsDb, { outboxId, error: 'too late', retryIn: 0 });
    await setDue(shop.workflowsDb, [outboxId]);
    assert.deepEqual(await claim(1, LONG), []);
    const { rows } = await sql`select attempts, last_error, run_id, started_eagerly from outbox`.execute(
      shop.db,
    );
    assert.deepEqual(rows, [{ attempts: 1, lastError: null, runId: 'run', startedEagerly: true }]);
  });

  it('keeps a row due that the sweep sent again, even if a relay that claimed it before marks it', async () => {
    await place();
    const [row] = await claim(1, LONG);
    assert.ok(row);
    await sql`update outbox set sweeps = sweeps + 1, due_at = now()`.execute(shop.db);
    await setDispatched(shop.workflowsDb, [{ ...row, runId: 'run', startedEagerly: true }]);
    const [again] = await claim(1, LONG);
    assert.deepEqual([again?.outboxId, again?.sweeps], [row.outboxId, row.sweeps + 1]);
  });

  it('keeps why a row failed before it was dispatched', async () => {
    await place();
    const [row] = await claim(1, LONG);
    assert.ok(row);
    const { outboxId } = row;
    await setFailed(shop.workflowsDb, { outboxId, error: 'refused', retryIn: 0 });
    await setDispatched(shop.workflowsDb, [{ outboxId, sweeps: 0, runId: 'run', startedEagerly: true }]);
    const { rows } = await sql`select attempts, last_error from outbox`.execute(shop.db);
    assert.deepEqual(rows, [{ attempts: 2, lastError: 'refused' }]);
    assert.deepEqual(await findFailing(shop.workflowsDb, 10), []);
  });

  it('keeps the run id when a repeated start found the workflow running', async () => {
    await place();
    const [row] = await claim(1, LONG);
    assert.ok(row);
    const { outboxId } = row;
    await setDispatched(shop.workflowsDb, [{ outboxId, sweeps: 0, runId: 'run', startedEagerly: true }]);
    await sql`update outbox set dispatched_at = null`.execute(shop.db);
    await setDispatched(shop.workflowsDb, [{ outboxId, sweeps: 0, runId: null, startedEagerly: null }]);
    const { rows } = await sql`select run_id from outbox where dispatched_at is not null`.execute(shop.db);
    assert.deepEqual(rows, [{ runId: 'run' }]);
  });

  it('says how much is waiting, and how much of it is stuck', async () => {
    for (let n = 0; n < 3; n++) await place();
    const rows = await claim(3, LONG);
    for (const { outboxId } of rows.slice(0, 2)) {
      for (let attempt = 0; attempt < 2; attempt++) {
        await setFailed(shop.workflowsDb, { outboxId, error: 'refused', retryIn: LONG });
      }
    }
    const [of, ...more] = await findBacklog(shop.workflowsDb, 2);
    assert.deepEqual({ ...of, oldestAge: 0 }, { kind: 'pay', pending: 3, stuck: 2, oldestAge: 0 });
    assert.ok(of && of.oldestAge > 0);
    assert.deepEqual(more, []);
  });

  it('has no backlog and no age when it is empty', async () => {
    assert.deepEqual(await findBacklog(shop.workflowsDb, 2), []);
  });
});
