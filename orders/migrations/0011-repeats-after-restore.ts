import { sql } from 'kysely';
import type { Kysely } from 'kysely';

/**
 * What a client was told before a restore keeps its meaning after it: the id of an order tells which request made it, so that
 * payments knows a repeat whose first order is gone, and no position of the stream is given twice.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createNewOrderId(db);
  await placeOrdersByTheirRequest(db);
  await positionByTheClock(db);
}

/**
 * A UUID v7 whose last 60 bits are of the customer and the Idempotency-Key, where there is one. They are signed: otherwise
 * a customer could look for two keys with the same bits, and payments would take the two orders for one.
 */
async function createNewOrderId(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function new_order_id(p_user_id uuid, p_key text) returns uuid
    language plpgsql as $$
    declare
      v_id uuid := uuidv7();
      v_request text := sign_message(concat_ws(chr(10), 'request', p_user_id, p_key));
    begin
      if p_key is null or v_request is null then
        return v_id;
      end if;
      -- The 20th character holds the variant, and stays.
      return left(v_id::text, 20) || left(v_request, 3) || '-' || substr(v_request, 4, 12);
    end $$`.execute(db);
}

async function placeOrdersByTheirRequest(db: Kysely<unknown>): Promise<void> {
  await sql`
    create or replace function place_order(
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
        values (coalesce(p_order_id, new_order_id(p_user_id, p_key)), p_user_id, p_amount, p_currency, p_description)
        returning * into v_order;
      perform enqueue_order_workflow('pay', v_order, p_traceparent);
      insert into order_events (order_id, user_id, status) values (v_order.order_id, p_user_id, v_order.status);
      reply := to_jsonb(v_order);
      perform idempotency_finish(v_scope, p_key, p_request_hash, reply);
    end $$`.execute(db);
}

/** Microseconds since 1970, or one more than the last: below 2^53 until the year 2255. */
async function positionByTheClock(db: Kysely<unknown>): Promise<void> {
  await sql`
    create or replace function position_order_events(p_limit integer) returns integer
    language plpgsql as $$
    declare
      v_last bigint;
      v_count integer;
    begin
      -- Held until the commit, which makes the positions visible before the next writer begins.
      perform pg_advisory_xact_lock(hashtextextended('order_event_position', 0));
      select greatest(last_value, (extract(epoch from clock_timestamp()) * 1000000)::bigint) into v_last
        from order_event_position;
      update order_events
      set position = v_last + next.nth
      from (
        select event_id, row_number() over (order by event_id) as nth
        from (select event_id from order_events where position is null order by event_id limit p_limit) as waiting
      ) as next
      where order_events.event_id = next.event_id;
      get diagnostics v_count = row_count;
      if v_count > 0 then
        perform setval('order_event_position', v_last + v_count);
      end if;
      return v_count;
    end $$`.execute(db);
}
