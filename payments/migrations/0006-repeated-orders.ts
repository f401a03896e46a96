import { sql } from 'kysely';
import type { Kysely } from 'kysely';

/**
 * One request is charged once, even if orders was restored and has forgotten that it placed an order for it. The repeat
 * is another order then, whose id ends with the same digits (`new_order_id()` of orders). Its payment takes the place of the
 * earlier one, within the 24 hours for which orders keeps an Idempotency-Key.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await indexRequests(db);
  await createRefund(db);
  await createEarlierPayment(db);
  await debitRequestsOnce(db);
  await cancelRequestsOnce(db);
  await sql`
    revoke execute on function refund_debit(uuid, uuid), settle_earlier_payment(uuid, uuid)
    from public`.execute(db);
}

async function indexRequests(db: Kysely<unknown>): Promise<void> {
  await sql`create index decisions_of_request on decisions (right(order_id::text, 16))`.execute(db);
}

/** Gives back what was debited for an order, once: what the ledger says, not the caller. */
async function createRefund(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function refund_debit(p_order_id uuid, p_user_id uuid) returns timestamptz
    language plpgsql as $$
    declare
      v_refunded_at timestamptz;
      v_debited bigint;
      v_balance bigint;
    begin
      select created_at into v_refunded_at
        from postings where order_id = p_order_id and kind = 'refund' and account = 'customer';
      if found then
        return v_refunded_at;
      end if;
      -- Without a debit there is nothing to give back.
      select -amount into strict v_debited
        from postings where order_id = p_order_id and kind = 'debit' and account = 'customer';
      update accounts set balance = balance + v_debited, version = version + 1
        where user_id = p_user_id returning balance into strict v_balance;
      perform post_transfer('refund', p_user_id, p_order_id, v_debited, 'sales', v_balance);
      return now();
    end $$`.execute(db);
}

/**
 * Of the customer's other orders for the same request the last one counts. An earlier one is given back if it was paid, since
 * its order is gone. The account must be locked.
 * Returns why the new order is declined: for the reason of the earlier one; as cancelled if that was refunded already, or is
 * later than the new one. Null if it may be paid.
 */
async function createEarlierPayment(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function settle_earlier_payment(p_order_id uuid, p_user_id uuid) returns text
    language plpgsql as $$
    declare
      v_other decisions;
    begin
      select * into v_other from decisions
        where right(order_id::text, 16) = right(p_order_id::text, 16) and order_id <> p_order_id and user_id = p_user_id
          and uuid_extract_timestamp(order_id) > uuid_extract_timestamp(p_order_id) - interval '24 hours'
          and uuid_extract_timestamp(order_id) < uuid_extract_timestamp(p_order_id) + interval '24 hours'
        order by order_id desc limit 1;
      if not found or exists (select from decisions where order_id = p_order_id) then
        return null;
      end if;
      if v_other.order_id > p_order_id then
        return 'cancelled';
      end if;
      if v_other.outcome = 'declined' then
        return v_other.reason;
      end if;
      if exists (select from postings where order_id = v_other.order_id and kind = 'refund') then
        return 'cancelled';
      end if;
      perform refund_debit(v_other.order_id, p_user_id);
      return null;
    end $$`.execute(db);
}

async function debitRequestsOnce(db: Kysely<unknown>): Promise<void> {
  await sql`
    create or replace function debit(p_order_id uuid, p_user_id uuid, p_amount bigint, p_currency text)
    returns setof decisions
    language plpgsql security definer set search_path = public, pg_temp as $$
    declare
      v_account accounts;
      v_reason text;
      v_decision decisions;
      v_new boolean;
    begin
      perform from accounts where user_id = p_user_id for update;
      v_reason := settle_earlier_payment(p_order_id, p_user_id);
      if v_reason is null then
        select * into v_account from accounts where user_id = p_user_id;
        v_reason := case
          when not found then 'account_not_found'
          when v_account.currency <> p_currency then 'currency_mismatch'
          when v_account.balance < p_amount then 'insufficient_funds'
        end;
      end if;

      insert into decisions (order_id, user_id, amount, currency, outcome, reason)
        values (p_order_id, p_user_id, p_amount, p_currency,
                case when v_reason is null then 'completed' else 'declined' end, v_reason)
        on conflict (order_id) do nothing;
      v_new := found;

      if v_new and v_reason is null then
        update accounts set balance = balance - p_amount, version = version + 1
          where user_id = p_user_id returning * into v_account;
        perform post_transfer('debit', p_user_id, p_order_id, -p_amount, 'sales', v_account.balance);
      end if;

      select * into strict v_decision from decisions where order_id = p_order_id;
      if not v_new and (v_decision.user_id, v_decision.amount, v_decision.currency)
          is distinct from (p_user_id, p_amount, p_currency) then
        raise exception 'order % was decided for another customer, amount or currency', p_order_id
          using errcode = 'GZ004';
      end if;
      return next v_decision;
    end $$`.execute(db);
}

async function cancelRequestsOnce(db: Kysely<unknown>): Promise<void> {
  await sql`
    create or replace function cancel_payment(p_order_id uuid, p_user_id uuid, p_amount bigint, p_currency text)
    returns table (decision decisions, refunded_at timestamptz)
    language plpgsql security definer set search_path = public, pg_temp as $$
    begin
      perform from accounts where user_id = p_user_id for update;
      perform settle_earlier_payment(p_order_id, p_user_id);

      insert into decisions (order_id, user_id, amount, currency, outcome, reason)
        values (p_order_id, p_user_id, p_amount, p_currency, 'declined', 'cancelled')
        on conflict (order_id) do nothing;

      select * into strict decision from decisions where order_id = p_order_id;
      if (decision.user_id, decision.amount, decision.currency) is distinct from (p_user_id, p_amount, p_currency) then
        raise exception 'order % was decided for another customer, amount or currency', p_order_id
          using errcode = 'GZ004';
      end if;

      if decision.outcome = 'completed' then
        refunded_at := refund_debit(p_order_id, p_user_id);
      end if;
      return next;
    end $$`.execute(db);
}
