import { sql } from 'kysely';
import type { Kysely } from 'kysely';

/**
 * By status alone, for an operator who looks for orders of all customers. An expression, since the statements about one
 * user's orders are in the order of status and id too: PostgreSQL may take an index on these columns for theirs, and read
 * through the orders of all others.
 */
const ordersByStatus = {
  name: 'orders_by_status',
  table: 'orders',
  definition: '(lower(status), order_id)',
};

export const indexes = [ordersByStatus];

/**
 * What operators did, who did it and why, and the repair that puts an order back of which this database was restored to a
 * moment before it.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { name, table, definition } = ordersByStatus;
  await sql`create index if not exists ${sql.id(name)} on ${sql.id(table)} ${sql.raw(definition)}`.execute(
    db,
  );
  await createActions(db);
  await createRestoreOrder(db);
}

async function createActions(db: Kysely<unknown>): Promise<void> {
  // No foreign key: an action stays when its order is gone, as after a restore.
  await sql`
    create table operator_actions (
      action_id bigint generated always as identity primary key,
      at timestamptz not null default clock_timestamp(),
      actor uuid not null,
      action text not null,
      order_id uuid,
      reason text not null check (length(reason) between 1 and 500),
      detail jsonb not null default '{}'
    )`.execute(db);
  await sql`
    create index actions_of_order on operator_actions (order_id, action_id) where order_id is not null`.execute(
    db,
  );
  await sql`
    create function keep_operator_actions() returns trigger
    language plpgsql as $$
    begin
      raise insufficient_privilege using message = 'what operators did is only added to';
    end $$`.execute(db);
  await sql`
    create trigger keep_operator_actions before update or delete or truncate on operator_actions
    for each statement execute function keep_operator_actions()`.execute(db);
  // One row for each of the orders, or one of no order.
  await sql`
    create function record_operator_action(p_actor uuid, p_action text, p_order_ids uuid[], p_reason text, p_detail jsonb)
      returns void
    language sql security definer set search_path = public, pg_temp as $$
      insert into operator_actions (actor, action, order_id, reason, detail)
      select p_actor, p_action, order_id, p_reason, coalesce(p_detail, '{}')
      from unnest(coalesce(p_order_ids, array[null::uuid])) as acted_on (order_id)
    $$`.execute(db);
  await sql`revoke execute on function record_operator_action from public`.execute(db);
  await sql`grant execute on function record_operator_action to workflows`.execute(db);
}

/**
 * Inserts an order that is not here from all that payments did about it, as payments signed it. Orders had asked for that, so
 * the wishes are stored with it: else they would look as if nobody had asked. The order is `created`, and becomes what it
 * was by the events of the same facts. Facts are as in a workflow's payload, with their times in RFC 3339.
 * @returns whether it was not here
 */
async function createRestoreOrder(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function signed_facts(p_facts jsonb)
      returns table (type text, order_id uuid, user_id uuid, amount bigint, currency text, reason text,
        capture_before timestamptz, amount_captured bigint, refund_id uuid, refund_amount bigint, at timestamptz)
    language plpgsql stable as $$
    begin
      return query
        select f.type, f."orderId", f."userId", f.amount, f.currency, f.reason, f."captureBefore", f."amountCaptured",
               f."refundId", f."refundAmount", date_trunc('milliseconds', f.time)
        from jsonb_to_recordset(p_facts) as f (type text, "orderId" uuid, "userId" uuid, amount bigint, currency text,
          reason text, "captureBefore" timestamptz, "amountCaptured" bigint, "refundId" uuid, "refundAmount" bigint,
          "amountRefunded" bigint, time timestamptz, signature text)
        where is_signed(concat_ws(chr(10), f.type, f."orderId", f."userId", f.amount, f.currency, coalesce(f.reason, ''),
          (extract(epoch from f."captureBefore") * 1000)::bigint, f."amountCaptured", f."refundId", f."refundAmount",
          f."amountRefunded"), f.signature);
    end $$`.execute(db);
  await sql`
    create function restore_order(p_facts jsonb, p_actor uuid, p_reason text, p_detail jsonb) returns boolean
    language plpgsql security definer set search_path = public, pg_temp as $$
    declare
      v_order orders;
    begin
      if (select count(*) <> jsonb_array_length(p_facts) or count(distinct order_id) <> 1
              or count(*) filter (where type in ('payment.completed', 'payment.authorized', 'payment.declined')) <> 1
          from signed_facts(p_facts)) then
        raise exception 'these are not the facts of one order, as payments signed them' using errcode = 'GZ007';
      end if;
      insert into orders (order_id, user_id, amount, currency, capture_method, capture_within, capture_requested,
                          capture_requested_at, cancel_requested_at, cancellation_reason, created_at)
        select order_id, user_id, amount, currency,
               case when capture_before is null then 'automatic' else 'manual' end,
               case when capture_before is not null
                 then greatest(1, round(extract(epoch from capture_before - decided_at)))::integer end,
               captured,
               case when captured is not null
                 then least(captured_at, capture_before - interval '1 millisecond') end,
               case when cancelled_at is not null
                 then greatest(cancelled_at, captured_at + interval '1 millisecond') end,
               case when cancelled_at is not null then coalesce(release_reason, 'requested') end,
               coalesce(uuid_extract_timestamp(order_id), decided_at)
        from (
          select order_id, user_id, amount, currency, max(capture_before) as capture_before,
                 min(at) filter (where type in ('payment.completed', 'payment.authorized', 'payment.declined')) as decided_at,
                 max(amount_captured) filter (where type = 'payment.captured') as captured,
                 max(at) filter (where type = 'payment.captured') as captured_at,
                 max(at) filter (
                   where type = 'payment.released' or reason = 'cancelled' or refund_id = order_id) as cancelled_at,
                 max(reason) filter (where type = 'payment.released') as release_reason
          from signed_facts(p_facts)
          group by order_id, user_id, amount, currency
        ) as payment
        on conflict do nothing returning * into v_order;
      if not found then
        return false;
      end if;
      insert into refunds (refund_id, order_id, amount, created_at)
        select refund_id, order_id, refund_amount, at from signed_facts(p_facts) where refund_id <> order_id;
      insert into order_events (order_id, user_id, status) values (v_order.order_id, v_order.user_id, v_order.status);
      perform record_operator_action(p_actor, 'restore_order', array[v_order.order_id], p_reason, p_detail);
      return true;
    end $$`.execute(db);
  for (const name of ['signed_facts', 'restore_order']) {
    await sql`revoke execute on function ${sql.id(name)} from public`.execute(db);
  }
  await sql`grant execute on function restore_order to workflows`.execute(db);
}
