import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import { createIdempotency } from '#platform/postgres/idempotency.ts';

/** Orders with their events, the outbox that the relay drains, and the inbox of payment events. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createIdempotency(db);
  await createTables(db);
  await createPlaceOrder(db);
  await grantOutboxToRelay(db);
}

async function createTables(db: Kysely<unknown>): Promise<void> {
  // order_id is a UUID v7, so it is the keyset of newest-first pages too.
  await sql`
    create table orders (
      order_id uuid primary key,
      user_id uuid not null,
      amount bigint not null check (amount between 1 and 1000000000000),
      currency text not null,
      description text,
      status text not null default 'created'
        check (status in ('created', 'paid', 'failed', 'cancelled', 'refunded')),
      status_rank smallint not null default 0 check (status_rank between 0 and 2),
      failure_reason text,
      cancel_requested_at timestamptz,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      check ((status = 'created') = (status_rank = 0)),
      check ((status = 'failed') = (failure_reason is not null))
    )`.execute(db);
  await sql`create index orders_of_user on orders (user_id, order_id desc)`.execute(db);
  await sql`create index undecided_orders on orders (created_at) where status_rank = 0`.execute(db);
  await sql`
    create table order_events (
      event_id bigint generated always as identity primary key,
      order_id uuid not null references orders,
      user_id uuid not null,
      status text not null,
      detail jsonb not null default '{}',
      created_at timestamptz not null default now()
    )`.execute(db);
  await sql`create index events_of_order on order_events (order_id, event_id)`.execute(db);
  // due_at is the lease too: whoever claims a row moves it on, and a claim that was lost falls due again by itself.
  await sql`
    create table outbox (
      outbox_id bigint generated always as identity primary key,
      order_id uuid not null references orders,
      kind text not null check (kind in ('pay')),
      traceparent text not null,
      due_at timestamptz not null default now(),
      attempts integer not null default 0,
      last_error text,
      run_id text,
      started_eagerly boolean,
      dispatched_at timestamptz,
      created_at timestamptz not null default now(),
      unique (order_id, kind)
    )`.execute(db);
  await sql`create index outbox_due on outbox (due_at) where dispatched_at is null`.execute(db);
  await sql`
    create table inbox (
      event_id text primary key,
      topic_partition integer not null,
      topic_offset bigint not null,
      received_at timestamptz not null default now()
    )`.execute(db);
}

async function createPlaceOrder(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function place_order(
      p_order_id uuid, p_user_id uuid, p_amount bigint, p_currency text, p_description text, p_traceparent text,
      p_key text, p_request_hash bytea, out reply jsonb, out replayed boolean
    )
    language plpgsql as $$
    declare
      v_scope text := p_user_id || ' place order';
      v_order orders;
    begin
      reply := idempotency_begin(v_scope, p_key, p_request_hash);
      replayed := reply is not null;
      if replayed then
        return;
      end if;
      insert into orders (order_id, user_id, amount, currency, description)
        values (p_order_id, p_user_id, p_amount, p_currency, p_description)
        returning * into v_order;
      insert into outbox (order_id, kind, traceparent) values (p_order_id, 'pay', p_traceparent);
      insert into order_events (order_id, user_id, status) values (p_order_id, p_user_id, v_order.status);
      reply := to_jsonb(v_order);
      perform idempotency_finish(v_scope, p_key, p_request_hash, reply);
    end $$`.execute(db);
}

/** The relay runs as the role workflows: it reads what a payment needs of an order, and writes the outbox's progress. */
async function grantOutboxToRelay(db: Kysely<unknown>): Promise<void> {
  await sql`
    create view orders_to_pay as select order_id, user_id, amount, currency, status from orders`.execute(db);
  await sql`grant select on orders_to_pay, outbox to workflows`.execute(db);
  await sql`
    grant update (due_at, attempts, last_error, run_id, started_eagerly, dispatched_at) on outbox to workflows`.execute(
    db,
  );
}
