import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createInFlight, signalsWorkflow, startRelay, startsWorkflow } from '@gozon/temporal-outbox';
import { createWakeUp } from '@gozon/timing';
import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { sql } from 'kysely';
import { newId } from '#contracts/values/ids.ts';
import { openDatabase } from '#platform/postgres/database.ts';
import type { OpenDatabase } from '#platform/postgres/database.ts';
import { createLogger } from '#platform/process/logger.ts';
import { createEmptyDatabase } from '#test/support/databases.ts';
import { infrastructure } from '#test/support/infrastructure.ts';
import { openDevServer } from '#test/support/workflow/dev-server.ts';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';
import { eventually } from '#tools/testbed/eventually.ts';

const TASK_QUEUE = 'greetings';
const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

/** Kinds of a service that has nothing to do with orders. */
const KINDS = {
  greet: startsWorkflow({ workflowType: 'greet', taskQueue: TASK_QUEUE }),
  wave: signalsWorkflow('wave'),
};

describe('the relay in a service of another kind, on a database made by outbox.sql alone,', function () {
  this.timeout(90_000);
  const stack = new AsyncDisposableStack();
  let db: OpenDatabase<unknown>;
  let client: Client;

  before(async () => {
    const { url } = stack.use(await createEmptyDatabase());
    db = stack.use(openDatabase({ url, name: 'test', log: createLogger('test', 'fatal') }));
    await sql
      .raw(readFileSync(path.join(CHECKOUT, 'packages/temporal-outbox/outbox.sql'), 'utf8'))
      .execute(db);
    await sql`create table guests (name text primary key)`.execute(db);

    const server = stack.use(await openDevServer());
    const connection = await NativeConnection.connect({ address: infrastructure().temporal });
    stack.defer(async () => connection.close());
    client = new Client({ connection, namespace: server.namespace });
    const worker = await Worker.create({
      connection,
      namespace: server.namespace,
      taskQueue: TASK_QUEUE,
      workflowsPath: path.join(import.meta.dirname, '../../fixtures/greet.workflow.ts'),
    });
    const running = worker.run();
    stack.defer(async () => {
      worker.shutdown();
      await running;
    });
    stack.use(
      startRelay({
        db,
        workflows: client.workflow,
        kinds: KINDS,
        inFlight: createInFlight(8, 30_000),
        wakeUp: createWakeUp(),
        log: createLogger('test', 'silent'),
        onState: () => {},
        onTried: () => {},
      }),
    );
  });
  after(async () => stack.disposeAsync());

  const enqueue = async (on: Pick<OpenDatabase<unknown>, 'getExecutor'>, kind: string, id: string) =>
    sql`select enqueue_workflow(${kind}, ${id}, ${{ name: 'Ada' }}::jsonb, ${TRACE})`.execute(on);
  const find = async (id: string) => {
    const { rows } = await sql<{ kind: string; dispatched: boolean; attempts: number; lastError: string }>`
      select kind, dispatched_at is not null as dispatched, attempts, last_error
      from outbox where workflow_id = ${id} order by outbox_id`.execute(db);
    return rows;
  };

  it("starts a workflow and signals it, each asked for in the caller's own transaction", async () => {
    const id = `greet-${newId()}`;
    await db.transaction().execute(async (transaction) => {
      await sql`insert into guests values (${id})`.execute(transaction);
      await enqueue(transaction, 'greet', id);
    });
    await eventually('the workflow to be started', async () => (await find(id))[0]?.dispatched);
    await enqueue(db, 'wave', id);
    const given = { name: 'Ada', traceparent: TRACE };
    assert.deepEqual(await client.workflow.getHandle(id).result(), [given, given]);
  });

  it('starts nothing that was rolled back', async () => {
    const [rolledBack, later] = [`greet-${newId()}`, `greet-${newId()}`];
    const transaction = await db.startTransaction().execute();
    await enqueue(transaction, 'greet', rolledBack);
    await transaction.rollback().execute();
    await enqueue(db, 'greet', later);
    await eventually('the later one to be started', async () => (await find(later))[0]?.dispatched);
    assert.deepEqual(await find(rolledBack), []);
    await assert.rejects(client.workflow.getHandle(rolledBack).describe(), WorkflowNotFoundError);
    await client.workflow.getHandle(later).terminate();
  });

  it('has one row for a kind and a workflow, however often it is asked', async () => {
    const id = `greet-${newId()}`;
    for (let turn = 0; turn < 3; turn++) await enqueue(db, 'greet', id);
    assert.equal((await find(id)).length, 1);
    await eventually('the workflow to be started', async () => (await find(id))[0]?.dispatched);
    await client.workflow.getHandle(id).terminate();
  });

  it('tries a signal again until there is a workflow to take it, and goes on with others', async () => {
    const id = `greet-${newId()}`;
    await enqueue(db, 'wave', id);
    await eventually('the signal to fail', async () => ((await find(id))[0]?.attempts ?? 0) > 0);
    assert.equal((await find(id))[0]?.lastError, 'there is no running workflow to signal wave');
    await enqueue(db, 'greet', id);
    await eventually('the workflow to be started', async () => (await find(id))[1]?.dispatched);
    const given = { name: 'Ada', traceparent: TRACE };
    assert.deepEqual(await client.workflow.getHandle(id).result(), [given, given]);
  });

  it('says on the console why a row could not be dispatched, unless it is given a log', async () => {
    const id = `greet-${newId()}`;
    const said: unknown[][] = [];
    const usual = console.error;
    console.error = (...words: unknown[]) => void said.push(words);
    const connection = await Connection.connect({ address: infrastructure().temporal });
    try {
      await using _relay = startRelay({
        db,
        // Not the worker's connection, so it cannot start workflows eagerly.
        workflows: new Client({ connection, namespace: client.options.namespace }).workflow,
        kinds: { 'greet elsewhere': KINDS.greet },
      });
      await enqueue(db, 'greet elsewhere', id);
      await eventually('the row to fail', async () => ((await find(id))[0]?.attempts ?? 0) > 0);
    } finally {
      console.error = usual;
      await connection.close();
    }
    const [message, fields] = said.find(([, of]) => (of as { workflowId?: string }).workflowId === id) ?? [];
    assert.equal(message, 'a row could not be dispatched');
    assert.match((fields as { err: Error }).err.message, /Eager workflow start requires a NativeConnection/);
  });

  it('leaves rows alone whose kind is not in its registry', async () => {
    const [unknown, known] = [`greet-${newId()}`, `greet-${newId()}`];
    await enqueue(db, 'of a later version', unknown);
    await enqueue(db, 'greet', known);
    await eventually('the known one to be started', async () => (await find(known))[0]?.dispatched);
    assert.deepEqual(
      (await find(unknown)).map(({ dispatched, attempts }) => [dispatched, attempts]),
      [[false, 0]],
    );
    await client.workflow.getHandle(known).terminate();
  });
});
