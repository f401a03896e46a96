import { sql } from 'kysely';
import type { Kysely } from 'kysely';

/**
 * The time of a cancel's request is that of its lock, not of its transaction: one that waits for an event that is being
 * applied would write an earlier time over a later one, and whoever goes by it would keep the older order.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
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
        v_now := greatest(clock_timestamp(), v_order.updated_at);
        update orders set cancel_requested_at = v_now, updated_at = v_now
          where order_id = p_order_id returning * into v_order;
        insert into outbox (order_id, kind, traceparent) values (p_order_id, 'cancel', p_traceparent);
        insert into order_events (order_id, user_id, status, created_at, detail)
          values (p_order_id, p_user_id, v_order.status, v_now, '{"cancelRequested": true}');
      end if;
      reply := to_jsonb(v_order);
      perform idempotency_finish(v_scope, p_key, p_request_hash, reply);
    end $$`.execute(db);
}
