import { sql } from 'kysely';
import type { Kysely } from 'kysely';

/**
 * A cancel is stored with its outbox row in one transaction, as an order is; the workflow that it starts does the rest.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table outbox drop constraint outbox_kind_check`.execute(db);
  await sql`alter table outbox add constraint outbox_kind_check check (kind in ('pay', 'cancel'))`.execute(
    db,
  );
  await sql`
    create index unfinished_cancels on orders (cancel_requested_at)
    where cancel_requested_at is not null and status in ('created', 'paid')`.execute(db);
  await sql`
    create function request_cancel(
      p_order_id uuid, p_user_id uuid, p_traceparent text, p_key text, p_request_hash bytea,
      out reply jsonb, out replayed boolean
    )
    language plpgsql as $$
    declare
      v_scope text := p_user_id || ' cancel order';
      v_order orders;
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
        update orders set cancel_requested_at = now(), updated_at = now()
          where order_id = p_order_id returning * into v_order;
        insert into outbox (order_id, kind, traceparent) values (p_order_id, 'cancel', p_traceparent);
        insert into order_events (order_id, user_id, status, detail)
          values (p_order_id, p_user_id, v_order.status, '{"cancelRequested": true}');
      end if;
      reply := to_jsonb(v_order);
      perform idempotency_finish(v_scope, p_key, p_request_hash, reply);
    end $$`.execute(db);
}
