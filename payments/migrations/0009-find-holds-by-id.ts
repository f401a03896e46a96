import { sql } from 'kysely';
import type { Kysely } from 'kysely';

/**
 * Finds the hold of an order by the order's id alone. With `closed_at is null` the indexes of live holds fitted too, which
 * the statistics call nearly empty. While a snapshot is held these keep an entry of each hold that has ended, and
 * a capture or a release read them all.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createCloseHold(db);
  await createCancel(db);
}

async function createCloseHold(db: Kysely<unknown>): Promise<void> {
  await sql`
    create or replace function close_hold(p_order_id uuid, p_captured bigint, p_release_reason text) returns void
    language plpgsql as $$
    declare
      v_hold holds;
      v_balance bigint;
    begin
      update holds
        set closed_at = clock_timestamp(), captured = p_captured, release_reason = p_release_reason
        where order_id = p_order_id and num_nulls(closed_at) = 1
        returning * into strict v_hold;
      update accounts
        set held = held - v_hold.amount, balance = balance + v_hold.amount - p_captured, version = version + 1
        where user_id = v_hold.user_id
        returning balance into strict v_balance;
      if p_captured > 0 then
        perform post_capture(v_hold.user_id, p_order_id, p_captured);
      end if;
      if p_captured < v_hold.amount then
        perform post_transfer('release', v_hold.user_id, p_order_id, v_hold.amount - p_captured, 'held', v_balance);
      end if;
    end $$`.execute(db);
}

async function createCancel(db: Kysely<unknown>): Promise<void> {
  await sql`
    create or replace function cancel_payment(
      p_order_id uuid, p_user_id uuid, p_amount bigint, p_currency text, p_reason text, p_refund bigint,
      p_signature text
    ) returns table (event payment_events, signature text)
    language plpgsql security definer set search_path = public, pg_temp as $$
    declare
      v_decision decisions;
    begin
      perform require_signed('cancel', p_order_id, concat_ws(chr(10),
        'cancel', p_order_id, p_user_id, p_amount, p_currency, p_reason, p_refund), p_signature);
      perform from accounts where user_id = p_user_id for update;
      perform settle_earlier_payment(p_order_id, p_user_id);
      if p_reason = 'requested' then
        insert into decisions (order_id, user_id, amount, currency, outcome, reason)
          values (p_order_id, p_user_id, p_amount, p_currency, 'declined', 'cancelled')
          on conflict (order_id) do nothing;
      end if;
      v_decision := require_decided(p_order_id, p_user_id, p_amount, p_currency);
      if exists (select from holds where order_id = p_order_id and num_nulls(closed_at) = 1) then
        perform close_hold(p_order_id, 0, p_reason);
      elsif p_refund > 0 and captured_of(v_decision) > 0 then
        perform give_back(p_order_id, p_order_id, p_refund);
      end if;
      return query select * from events_of_orders(array[p_order_id]);
    end $$`.execute(db);
}
