import assert from 'node:assert/strict';
import pg from 'pg';
import type { PaymentWish } from '#contracts/values/decision.ts';
import { assertAllowed, assertDenied } from '#test/support/assert-denied.ts';
import { cancelWish, payWish } from '#test/support/database/signing.ts';
import { createScratchDatabase } from '#test/support/databases.ts';
import type { ScratchDatabase } from '#test/support/databases.ts';

describe('the role workflows in the payments database', () => {
  let scratch: ScratchDatabase;
  before(async () => {
    scratch = await createScratchDatabase('payments');
  });
  after(async () => scratch[Symbol.asyncDispose]());

  const someone = '0198c4a5-7e1b-7abc-8def-0123456789ab';

  it('may debit and cancel what orders signed', async () => {
    const payment = { orderId: someone, userId: someone, amount: 1n, currency: 'EUR' };
    const words = ({ signature }: PaymentWish) => `'${someone}', '${someone}', 1, 'EUR', '${signature}'`;
    await assertAllowed(scratch.workflowsUrl, [
      `select * from debit(${words(payWish(payment))})`,
      `select * from cancel_payment(${words(cancelWish(payment))})`,
    ]);
  });

  it('may neither read nor write any table', async () => {
    const tables = ['accounts', 'decisions', 'postings', 'idempotency_keys', 'kysely_migration'];
    await assertDenied(
      scratch.workflowsUrl,
      tables.flatMap((table) => [
        `select from ${table}`,
        `insert into ${table} default values`,
        `delete from ${table}`,
        `truncate ${table}`,
      ]),
    );
    await assertDenied(scratch.workflowsUrl, [
      'update accounts set balance = balance + 1',
      `update decisions set outcome = 'completed'`,
      'update postings set amount = 1',
    ]);
  });

  it('may read decisions and postings for reconciliation, and change nothing by that way', async () => {
    const views = [
      'decisions_to_reconcile',
      'postings_to_reconcile',
      'holds_to_reconcile',
      'refunds_to_reconcile',
    ];
    await assertAllowed(
      scratch.workflowsUrl,
      views.map((view) => `select * from ${view}`),
    );
    await assertDenied(
      scratch.workflowsUrl,
      views.flatMap((view) => [`update ${view} set amount = 1`, `delete from ${view}`]),
    );
  });

  it('may execute no other function', async () => {
    const client = new pg.Client({ connectionString: scratch.workflowsUrl });
    await client.connect();
    const { rows } = await client.query<{ proname: string }>(
      `select proname from pg_proc where pronamespace = 'public'::regnamespace and has_function_privilege(oid, 'execute') order by 1`,
    );
    await client.end();
    assert.deepEqual(
      [...new Set(rows.map(({ proname }) => proname))],
      ['authorize', 'cancel_payment', 'capture', 'debit', 'event_signatures', 'events_of_orders', 'refund'],
    );
  });

  it('may move money in no other way', async () => {
    await assertDenied(scratch.workflowsUrl, [
      `select top_up('${someone}', 1, 1000, null, null)`,
      `select open_account('${someone}', 'EUR', null, null)`,
      `select close_hold('${someone}', 1, null)`,
      `select give_back('${someone}', '${someone}', 1)`,
      `select post_transfer('top_up', '${someone}', null, 1, 'cash', 1)`,
      `select idempotency_finish('s', 'k', '', '{}')`,
      `select idempotency_begin('s', 'k', '')`,
    ]);
  });

  it('may create nothing, not even a table that would shadow ours', async () => {
    await assertDenied(scratch.workflowsUrl, [
      'create table accounts_too (id int)',
      'create temporary table accounts (id int)',
      'create schema mine',
      `create or replace function debit(uuid, uuid, bigint, text) returns setof decisions language sql as $$ $$`,
    ]);
  });
});
