import { assertAllowed, assertDenied } from '#test/support/assert-denied.ts';
import { createScratchDatabase } from '#test/support/databases.ts';
import type { ScratchDatabase } from '#test/support/databases.ts';

describe('the role workflows in the orders database', () => {
  let scratch: ScratchDatabase;
  before(async () => {
    scratch = await createScratchDatabase('orders');
  });
  after(async () => scratch[Symbol.asyncDispose]());

  it("may read the outbox and what a payment needs of an order, and write the outbox's progress", async () => {
    await assertAllowed(scratch.workflowsUrl, [
      'select * from outbox',
      'select * from orders_to_pay',
      'select * from orders_to_reconcile',
      'select * from outbox for update skip locked',
      `update outbox set due_at = now(), attempts = 1, last_error = '', run_id = '', started_eagerly = true, dispatched_at = now(), turn = null`,
    ]);
  });

  it('may not change what an outbox row asks for, nor add or remove one', async () => {
    await assertDenied(scratch.workflowsUrl, [
      'update outbox set order_id = order_id',
      `update outbox set kind = 'pay'`,
      `update outbox set traceparent = ''`,
      'update outbox set created_at = now()',
      'insert into outbox default values',
      'delete from outbox',
      'truncate outbox',
    ]);
  });

  it('may add to what operators did, and put back an order that payments signed', async () => {
    await assertAllowed(scratch.workflowsUrl, [
      `select record_operator_action(uuidv7(), 'redrive', null, 'a reason', null)`,
    ]);
    await assertDenied(scratch.workflowsUrl, [
      `update operator_actions set reason = 'another'`,
      `select * from signed_facts('[]')`,
    ]);
  });

  it('may not touch orders, their events, the inbox or the stored replies', async () => {
    const tables = [
      'orders',
      'order_events',
      'inbox',
      'idempotency_keys',
      'operator_actions',
      'kysely_migration',
    ];
    await assertDenied(
      scratch.workflowsUrl,
      tables.flatMap((table) => [
        `select from ${table}`,
        `insert into ${table} default values`,
        `delete from ${table}`,
      ]),
    );
    await assertDenied(scratch.workflowsUrl, [
      `update orders set status = 'paid'`,
      'update orders_to_pay set amount = 1',
      'delete from orders_to_pay',
      'update orders_to_reconcile set amount = 1',
      'delete from orders_to_reconcile',
      'select from unfinished',
      'update outbox set sweeps = 0',
      'select from purged_order_events',
      `select place_order(uuidv7(), uuidv7(), 1, 'EUR', null, '', null, null)`,
      `select request_cancel(uuidv7(), uuidv7(), '', null, null)`,
      'create table mine (id int)',
    ]);
  });
});
