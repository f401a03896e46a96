import { sql } from 'kysely';
import type { Kysely } from 'kysely';

/** Orders with their events, the outbox that the relay drains, and the inbox of payment events. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createIdempotency(db);
  await createTables(db);
  await createPlaceOrder(db);
  await grantOutboxToRelay(db);
}

/**
 * The table and the two functions by which this service's own database functions make a POST repeatable. Begin returns
 * the stored reply of an earlier request with the key, or null. Finish stores this one's, in the same transaction as
 * its effect. Others cannot see an uncommitted key, hence the advisory lock before the look-up: a request that does not
 * get it is told that the first is still in progress.
 */
async function createIdempotency(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table idempotency_keys (
      scope text not null,
      key text not null,
      request_hash bytea not null,
      reply jsonb not null,
      created_at timestamptz not null default now(),
      primary key (scope, key)
    )`.execute(db);
  await sql`create index idempotency_keys_by_age on idempotency_keys (created_at)`.execute(db);
  await sql`
    create function idempotency_begin(p_scope text, p_key text, p_request_hash bytea) returns jsonb
    language plpgsql as $$
    declare
      v_stored idempotency_keys;
    begin
      if p_key is null then
        return null;
      end if;
      if not pg_try_advisory_xact_lock(hashtextextended(p_scope || chr(31) || p_key, 0)) then
        raise exception 'a request with this key is under way' using errcode = 'GZ409';
      end if;
      select * into v_stored from idempotency_keys where scope = p_scope and key = p_key;
      if not found then
        return null;
      end if;
      if v_stored.request_hash <> p_request_hash then
        raise exception 'this key was used for another request' using errcode = 'GZ422';
      end if;
      return v_stored.reply;
    end $$`.execute(db);
  await sql`
    create function idempotency_finish(p_scope text, p_key text, p_request_hash bytea, p_reply jsonb) returns void
    language sql as $$
      insert into idempotency_keys (scope, key, request_hash, reply)
      select p_scope, p_key, p_request_hash, p_reply where p_key is not null
    $$`.execute(db);
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
