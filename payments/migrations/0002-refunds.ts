import { sql } from 'kysely';
import type { Kysely } from 'kysely';

/**
 * Cancels an order's payment, whatever became of it before: where nothing is decided, the decision is `cancelled`, and a
 * debit that comes later is declined with it; where the order was paid, what was debited goes back, once. Locks in the
 * order of debit, so that the two wait for each other: account, then decision.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function cancel_payment(p_order_id uuid, p_user_id uuid, p_amount bigint, p_currency text)
    returns table (decision decisions, refunded_at timestamptz)
    language plpgsql security definer set search_path = public, pg_temp as $$
    declare
      v_debited bigint;
      v_balance bigint;
    begin
      perform from accounts where user_id = p_user_id for update;

      insert into decisions (order_id, user_id, amount, currency, outcome, reason)
        values (p_order_id, p_user_id, p_amount, p_currency, 'declined', 'cancelled')
        on conflict (order_id) do nothing;

      select * into strict decision from decisions where order_id = p_order_id;
      if (decision.user_id, decision.amount, decision.currency) is distinct from (p_user_id, p_amount, p_currency) then
        raise exception 'order % was decided for another customer, amount or currency', p_order_id
          using errcode = 'GZ004';
      end if;

      if decision.outcome = 'completed' then
        select created_at into refunded_at
          from postings where order_id = p_order_id and kind = 'refund' and account = 'customer';
        if not found then
          -- What the ledger says, not the caller; without a debit there is nothing to give back.
          select -amount into strict v_debited
            from postings where order_id = p_order_id and kind = 'debit' and account = 'customer';
          update accounts set balance = balance + v_debited, version = version + 1
            where user_id = p_user_id returning balance into strict v_balance;
          perform post_transfer('refund', p_user_id, p_order_id, v_debited, 'sales', v_balance);
          refunded_at := now();
        end if;
      end if;
      return next;
    end $$`.execute(db);
  await sql`revoke execute on function cancel_payment from public`.execute(db);
  await sql`grant execute on function cancel_payment to workflows`.execute(db);
}
