import { sql } from 'kysely';
import type { Kysely } from 'kysely';

/**
 * Orders signs each wish to pay or to cancel, and payments moves money for nothing else. The function that places an order
 * changes for that, and in two more ways: the database makes the id, so that ids are in the order of its one clock, and a user
 * may have only so many undecided orders.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createSigningKeys(db);
  await createSignedPayload(db);
  await signPayments(db);
  await signCancels(db);
  await signRowsOfOlderCopies(db);
  await signUnfinished(db);
}

/** HMAC-SHA-256 from SHA-256: a key is stored as the two blocks that RFC 2104 derives from it. Place 0 signs. */
async function createSigningKeys(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table signing_keys (
      place smallint primary key,
      inner_pad bytea not null check (length(inner_pad) = 64),
      outer_pad bytea not null check (length(outer_pad) = 64)
    )`.execute(db);
  await sql`
    create function hmac_sha256(p_key signing_keys, p_message text) returns text
    language sql immutable as $$
      select encode(
        sha256(p_key.outer_pad || sha256(p_key.inner_pad || convert_to(p_message, 'UTF8'))), 'hex')
    $$`.execute(db);
  await sql`
    create function sign_message(p_message text) returns text
    language sql stable as $$
      select hmac_sha256(signing_keys, p_message) from signing_keys where place = 0
    $$`.execute(db);
}

async function createSignedPayload(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function signed_payload(p_kind text, p_order orders) returns jsonb
    language sql stable as $$
      select payment_payload(p_order) || jsonb_build_object('signature', sign_message(
        concat_ws(chr(10), p_kind, p_order.order_id, p_order.user_id, p_order.amount, p_order.currency)))
    $$`.execute(db);
  await sql`
    create function enqueue_order_workflow(p_kind text, p_order orders, p_traceparent text) returns void
    language sql as $$
      select enqueue_workflow(
        p_kind, case p_kind when 'pay' then 'order-' else 'cancel-' end || p_order.order_id,
        signed_payload(p_kind, p_order), p_traceparent, p_order.user_id::text)
    $$`.execute(db);
}

/**
 * The bound on a user's undecided orders comes after the look for an earlier reply: a repeat is answered all the same. It
 * counts no further, along the index of orders by user and status, and costs 0.7 ms for a user with 1,000.
 */
async function signPayments(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function place_order(
      p_order_id uuid, p_user_id uuid, p_amount bigint, p_currency text, p_description text, p_traceparent text,
      p_key text, p_request_hash bytea, p_most_undecided integer, out reply jsonb, out replayed boolean
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
      if p_most_undecided <= (
        select count(*) from (
          -- A range of one value, so that no index but that is in this order.
          select from orders where user_id = p_user_id and status between 'created' and 'created'
          order by status, order_id limit p_most_undecided
        ) as undecided
      ) then
        raise exception 'too many orders of the user are undecided' using errcode = 'GZ008';
      end if;
      insert into orders (order_id, user_id, amount, currency, description)
        values (coalesce(p_order_id, uuidv7()), p_user_id, p_amount, p_currency, p_description)
        returning * into v_order;
      perform enqueue_order_workflow('pay', v_order, p_traceparent);
      insert into order_events (order_id, user_id, status) values (v_order.order_id, p_user_id, v_order.status);
      reply := to_jsonb(v_order);
      perform idempotency_finish(v_scope, p_key, p_request_hash, reply);
    end $$`.execute(db);
  // For copies of an older version.
  await sql`
    create or replace function place_order(
      p_order_id uuid, p_user_id uuid, p_amount bigint, p_currency text, p_description text, p_traceparent text,
      p_key text, p_request_hash bytea, out reply jsonb, out replayed boolean
    )
    language sql as $$
      select * from place_order(
        p_order_id, p_user_id, p_amount, p_currency, p_description, p_traceparent, p_key, p_request_hash, null)
    $$`.execute(db);
}

async function signCancels(db: Kysely<unknown>): Promise<void> {
  await sql`
    create or replace function request_cancel(
      p_order_id uuid, p_user_id uuid, p_traceparent text, p_key text, p_request_hash bytea,
      out reply jsonb, out replayed boolean
    )
    language plpgsql as $$
    declare
      v_scope text := p_user_id || ' cancel order';
      v_order orders;
      v_now timestamptz;
    begin
      reply := idempotency_begin(v_scope, p_key, p_request_hash);
      replayed := reply is not null;
      if replayed then
        return;
      end if;
      -- Waits for an event that is being applied, so that the answer is about the order as it is.
      select * into v_order from orders where order_id = p_order_id and user_id = p_user_id for update;
      if not found then
        raise exception 'no such order' using errcode = 'GZ005';
      end if;
      if v_order.status not in ('created', 'paid') then
        raise exception '%', v_order.status using errcode = 'GZ006';
      end if;
      if v_order.cancel_requested_at is null then
        v_now := greatest(clock_timestamp(), v_order.updated_at + interval '1 millisecond');
        update orders set cancel_requested_at = v_now, updated_at = v_now
          where order_id = p_order_id returning * into v_order;
        perform enqueue_order_workflow('cancel', v_order, p_traceparent);
        insert into order_events (order_id, user_id, status, created_at, detail)
          values (p_order_id, p_user_id, v_order.status, v_now, '{"cancelRequested": true}');
      end if;
      reply := to_jsonb(v_order);
      perform idempotency_finish(v_scope, p_key, p_request_hash, reply);
    end $$`.execute(db);
}

async function signRowsOfOlderCopies(db: Kysely<unknown>): Promise<void> {
  await sql`
    create or replace function serve_older_copies() returns trigger
    language plpgsql as $$
    begin
      if new.workflow_id is null then
        new.workflow_id := case new.kind when 'pay' then 'order-' else 'cancel-' end || new.order_id;
        new.payload := (select signed_payload(new.kind, orders) from orders where order_id = new.order_id);
      else
        new.order_id := (new.payload ->> 'orderId')::uuid;
      end if;
      return new;
    end $$`.execute(db);
}

/** The sweep enqueues again what is unfinished, with a signature of the key of today. */
async function signUnfinished(db: Kysely<unknown>): Promise<void> {
  await sql`
    create or replace view unfinished as
    select order_id, 'pay' as kind, created_at as since,
           'order-' || order_id as workflow_id, signed_payload('pay', orders) as payload
    from orders where status_rank = 0
    union all
    select order_id, 'cancel', cancel_requested_at, 'cancel-' || order_id, signed_payload('cancel', orders)
    from orders where cancel_requested_at is not null and status in ('created', 'paid')`.execute(db);
}
