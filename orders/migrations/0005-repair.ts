import { sql } from 'kysely';
import type { Kysely } from 'kysely';

/** What the sweep notes of a row that it sends again, and what retention needs to find the old. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table outbox add column sweeps integer not null default 0`.execute(db);
  await createUnfinished(db);
  await sql`create index inbox_by_age on inbox (received_at)`.execute(db);
  // Up to which position of the stream events are gone: whoever would resume below it must be told.
  await sql`create table purged_order_events (up_to bigint not null)`.execute(db);
  await sql`create unique index one_row on purged_order_events ((true))`.execute(db);
  await sql`insert into purged_order_events values (0)`.execute(db);
  await grantOrdersToReconciliation(db);
}

/** What was asked for and has not come about, each under the kind of the outbox row that asks for it. */
async function createUnfinished(db: Kysely<unknown>): Promise<void> {
  await sql`
    create view unfinished as
    select order_id, 'pay' as kind, created_at as since from orders where status_rank = 0
    union all
    select order_id, 'cancel', cancel_requested_at from orders
    where cancel_requested_at is not null and status in ('created', 'paid')`.execute(db);
}

/** Reconciliation runs as the role workflows: it reads what it compares with the ledger, and writes nothing. */
async function grantOrdersToReconciliation(db: Kysely<unknown>): Promise<void> {
  await sql`
    create view orders_to_reconcile as
    select order_id, user_id, amount, currency, status, status_rank, failure_reason, cancel_requested_at, created_at
    from orders`.execute(db);
  await sql`grant select on orders_to_reconcile to workflows`.execute(db);
}
