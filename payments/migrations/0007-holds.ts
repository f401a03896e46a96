import { sql } from 'kysely';
import type { Kysely } from 'kysely';

/**
 * Money that is reserved and taken later, and refunds in parts. A hold is a transfer into the account `held` and one or
 * two out of it: what is captured goes to `sales`, the rest back to the customer, in one transaction. So the balance of
 * an account is what may be spent, and `held` is the sum of its live holds.
 *
 * Each step has one function. It locks the account first, then the decision and its hold, as `debit()` does, and the row
 * that it finds there says who came first. What it returns are the events of the order, as they are to be reported.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createHolds(db);
  await createRefunds(db);
  await allowMoreSteps(db);
  await createTransfers(db);
  await createPaymentEvents(db);
  await createCloseHold(db);
  await createGiveBack(db);
  await settleEarlierHolds(db);
  await createAuthorize(db);
  await createCapture(db);
  await createCancel(db);
  await createRefund(db);
  await limitTopUps(db);
  await createViews(db);
  await grantSteps(db);
}

async function createHolds(db: Kysely<unknown>): Promise<void> {
  await sql`alter table accounts add column held bigint not null default 0 check (held >= 0)`.execute(db);
  await sql`
    create table holds (
      order_id uuid primary key references decisions,
      user_id uuid not null references accounts,
      amount bigint not null check (amount > 0),
      capture_before timestamptz not null,
      closed_at timestamptz,
      captured bigint check (captured between 0 and amount),
      release_reason text check (release_reason in ('requested', 'expired')),
      check ((closed_at is null) = (captured is null)),
      check (coalesce(captured = 0, false) = (release_reason is not null))
    )`.execute(db);
  await sql`create index live_holds on holds (capture_before) where closed_at is null`.execute(db);
  await sql`create index live_holds_of_user on holds (user_id) where closed_at is null`.execute(db);
}

/** The inbox of refunds. Those of before had no row of their own: an order had one at most, which now has the order's id. */
async function createRefunds(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table refunds (
      refund_id uuid primary key,
      order_id uuid not null references decisions,
      user_id uuid not null references accounts,
      amount bigint not null check (amount > 0),
      total bigint not null check (total >= amount),
      refunded_at timestamptz not null
    )`.execute(db);
  await sql`create index refunds_of_order on refunds (order_id)`.execute(db);
  await sql`
    insert into refunds (refund_id, order_id, user_id, amount, total, refunded_at)
    select order_id, order_id, user_id, amount, amount, created_at
    from postings where kind = 'refund' and account = 'customer'`.execute(db);
}

async function allowMoreSteps(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table decisions drop constraint decisions_outcome_check,
      add constraint decisions_outcome_check check (outcome in ('completed', 'authorized', 'declined'))`.execute(
    db,
  );
  await sql`
    alter table postings add column refund_id uuid,
      drop constraint postings_kind_check,
      add constraint postings_kind_check
        check (kind in ('top_up', 'debit', 'hold', 'capture', 'release', 'refund')),
      drop constraint postings_account_check,
      add constraint postings_account_check check (account in ('customer', 'cash', 'sales', 'held')),
      add constraint postings_refund_check check (kind = 'refund' or refund_id is null)`.execute(db);
  // An order has one debit or one hold, which is captured and released once at most. Its refunds each have an id.
  await sql`
    create unique index one_step_an_order on postings (order_id, kind, account, refund_id) nulls not distinct
    where order_id is not null`.execute(db);
  await sql`drop index one_debit_one_refund_an_order`.execute(db);
}

async function createTransfers(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function post_refund(
      p_user_id uuid, p_order_id uuid, p_refund_id uuid, p_amount bigint, p_balance_after bigint
    ) returns void
    language sql as $$
      with transfer as (select uuidv7() as id)
      insert into postings (transfer_id, kind, account, user_id, order_id, refund_id, amount, balance_after)
      select id, 'refund', 'customer', p_user_id, p_order_id, p_refund_id, p_amount, p_balance_after from transfer
      union all
      select id, 'refund', 'sales', p_user_id, p_order_id, p_refund_id, -p_amount, null from transfer
    $$`.execute(db);
  await sql`
    create function post_capture(p_user_id uuid, p_order_id uuid, p_amount bigint) returns void
    language sql as $$
      with transfer as (select uuidv7() as id)
      insert into postings (transfer_id, kind, account, user_id, order_id, amount)
      select id, 'capture', 'held', p_user_id, p_order_id, -p_amount from transfer
      union all
      select id, 'capture', 'sales', p_user_id, p_order_id, p_amount from transfer
    $$`.execute(db);
}

/** Everything that is to be reported on an order, from the rows that decided it; and the signature of each. */
async function createPaymentEvents(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function captured_of(p_decision decisions) returns bigint
    language sql stable as $$
      select case p_decision.outcome
        when 'completed' then p_decision.amount
        when 'authorized' then coalesce((select captured from holds where order_id = p_decision.order_id), 0)
        else 0
      end
    $$`.execute(db);
  await sql`
    create view payment_events as
    select d.order_id, d.user_id, d.amount, d.currency, 'payment.' || d.outcome as type, d.reason,
           h.capture_before, null::bigint as amount_captured, null::uuid as refund_id, null::bigint as refund_amount,
           null::bigint as amount_refunded, d.decided_at as time
    from decisions d left join holds h on h.order_id = d.order_id
    union all
    select d.order_id, d.user_id, d.amount, d.currency,
           case when h.captured > 0 then 'payment.captured' else 'payment.released' end, h.release_reason,
           null, nullif(h.captured, 0), null, null, null, h.closed_at
    from holds h join decisions d on d.order_id = h.order_id
    where h.closed_at is not null
    union all
    select d.order_id, d.user_id, d.amount, d.currency, 'payment.refunded', null,
           null, case d.outcome when 'completed' then d.amount else h.captured end, r.refund_id, r.amount, r.total,
           r.refunded_at
    from refunds r join decisions d on d.order_id = r.order_id left join holds h on h.order_id = r.order_id`.execute(
    db,
  );
  // A field that a type of event does not have is null, and concat_ws leaves it out.
  await sql`
    create function event_signature(p_event payment_events) returns text
    language sql stable as $$
      select sign_message(concat_ws(chr(10), p_event.type, p_event.order_id, p_event.user_id, p_event.amount,
        p_event.currency, coalesce(p_event.reason, ''), (extract(epoch from p_event.capture_before) * 1000)::bigint,
        p_event.amount_captured, p_event.refund_id, p_event.refund_amount, p_event.amount_refunded))
    $$`.execute(db);
  await sql`
    create function events_of_orders(p_order_ids uuid[])
    returns table (event payment_events, signature text)
    language plpgsql stable security definer set search_path = public, pg_temp as $$
    begin
      -- Order by order, which offset 0 makes sure of: for a thousand of them PostgreSQL would read all holds and refunds.
      -- Not by time: with a clock that was set back between two steps the second would come first.
      return query
        select found.event, event_signature(found.event)
        from (select distinct unnest(p_order_ids) as order_id) as wanted
        cross join lateral (
          select e as event from payment_events e where e.order_id = wanted.order_id offset 0
        ) as found
        order by (found.event).order_id, (found.event).refund_id is not null,
          (found.event).type in ('payment.captured', 'payment.released'), (found.event).amount_refunded;
    end $$`.execute(db);
}

/** Closes a live hold: takes a part of it or nothing, and gives the rest back. The account must be locked. */
async function createCloseHold(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function close_hold(p_order_id uuid, p_captured bigint, p_release_reason text) returns void
    language plpgsql as $$
    declare
      v_hold holds;
      v_balance bigint;
    begin
      update holds
        set closed_at = clock_timestamp(), captured = p_captured, release_reason = p_release_reason
        where order_id = p_order_id and closed_at is null
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

/** Gives back a part of what was taken for an order, once for each refund. The account must be locked. */
async function createGiveBack(db: Kysely<unknown>): Promise<void> {
  // What the ledger says was taken. Without that there is nothing to give back, and something is wrong.
  await sql`
    create function left_of(p_order_id uuid) returns bigint
    language plpgsql stable as $$
    declare
      v_taken bigint;
    begin
      select amount into strict v_taken
        from postings where order_id = p_order_id and kind in ('debit', 'capture') and account = 'sales';
      return v_taken - coalesce((select sum(amount) from refunds where order_id = p_order_id), 0);
    end $$`.execute(db);
  await sql`
    create function give_back(p_order_id uuid, p_refund_id uuid, p_amount bigint) returns void
    language plpgsql as $$
    declare
      v_refund refunds;
      v_user_id uuid;
      v_left bigint;
      v_balance bigint;
    begin
      select * into v_refund from refunds where refund_id = p_refund_id;
      if found then
        if (v_refund.order_id, v_refund.amount) is distinct from (p_order_id, p_amount) then
          raise exception 'refund % was made of another order or amount', p_refund_id using errcode = 'GZ004';
        end if;
        return;
      end if;
      v_left := left_of(p_order_id);
      if p_amount > v_left then
        raise exception 'of order % no more than % can be refunded, not %', p_order_id, v_left, p_amount
          using errcode = 'GZ009';
      end if;
      select user_id into strict v_user_id from decisions where order_id = p_order_id;
      insert into refunds (refund_id, order_id, user_id, amount, total, refunded_at)
        select p_refund_id, p_order_id, v_user_id, p_amount, p_amount + coalesce(sum(amount), 0), clock_timestamp()
        from refunds where order_id = p_order_id;
      update accounts set balance = balance + p_amount, version = version + 1
        where user_id = v_user_id returning balance into strict v_balance;
      perform post_refund(v_user_id, p_order_id, p_refund_id, p_amount, v_balance);
    end $$`.execute(db);
  // The refund of a cancel has the id of its order. It is of all that is left, unless orders says of how much.
  await sql`
    create or replace function refund_debit(p_order_id uuid, p_user_id uuid) returns timestamptz
    language plpgsql as $$
    begin
      if not exists (select from refunds where refund_id = p_order_id) and left_of(p_order_id) > 0 then
        perform give_back(p_order_id, p_order_id, left_of(p_order_id));
      end if;
      return (select max(refunded_at) from refunds where order_id = p_order_id);
    end $$`.execute(db);
}

/** As before, for a hold too: what is held for the earlier order of a request is released, so that the later one counts. */
async function settleEarlierHolds(db: Kysely<unknown>): Promise<void> {
  await sql`
    create or replace function settle_earlier_payment(p_order_id uuid, p_user_id uuid) returns text
    language plpgsql as $$
    declare
      v_other decisions;
      v_hold holds;
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
      if v_other.outcome = 'authorized' then
        select * into strict v_hold from holds where order_id = v_other.order_id;
        if v_hold.closed_at is null then
          perform close_hold(v_other.order_id, 0, 'requested');
          return null;
        end if;
        if v_hold.captured = 0 then
          return 'cancelled';
        end if;
      end if;
      if exists (select from refunds where order_id = v_other.order_id) then
        return 'cancelled';
      end if;
      perform refund_debit(v_other.order_id, p_user_id);
      return null;
    end $$`.execute(db);
}

async function createAuthorize(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function require_signed(p_wish text, p_order_id uuid, p_message text, p_signature text) returns void
    language plpgsql stable as $$
    begin
      if not is_signed(p_message, p_signature) then
        raise exception 'orders did not ask to % order % of this customer and amount', p_wish, p_order_id
          using errcode = 'GZ007';
      end if;
    end $$`.execute(db);
  await sql`
    create function require_decided(p_order_id uuid, p_user_id uuid, p_amount bigint, p_currency text) returns decisions
    language plpgsql stable as $$
    declare
      v_decision decisions;
    begin
      select * into v_decision from decisions where order_id = p_order_id;
      if not found then
        raise exception 'payments has not decided order %', p_order_id using errcode = 'GZ009';
      end if;
      if (v_decision.user_id, v_decision.amount, v_decision.currency)
          is distinct from (p_user_id, p_amount, p_currency) then
        raise exception 'order % was decided for another customer, amount or currency', p_order_id
          using errcode = 'GZ004';
      end if;
      return v_decision;
    end $$`.execute(db);
  // The end is in milliseconds, as its event has it.
  await sql`
    create function authorize(
      p_order_id uuid, p_user_id uuid, p_amount bigint, p_currency text, p_capture_within integer, p_signature text
    ) returns table (event payment_events, signature text)
    language plpgsql security definer set search_path = public, pg_temp as $$
    declare
      v_account accounts;
      v_reason text;
      v_balance bigint;
    begin
      perform require_signed('authorize', p_order_id, concat_ws(chr(10),
        'authorize', p_order_id, p_user_id, p_amount, p_currency, p_capture_within), p_signature);
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
                case when v_reason is null then 'authorized' else 'declined' end, v_reason)
        on conflict (order_id) do nothing;

      if found and v_reason is null then
        insert into holds (order_id, user_id, amount, capture_before)
          values (p_order_id, p_user_id, p_amount,
                  date_trunc('milliseconds', clock_timestamp()) + p_capture_within * interval '1 second');
        update accounts set balance = balance - p_amount, held = held + p_amount, version = version + 1
          where user_id = p_user_id returning balance into strict v_balance;
        perform post_transfer('hold', p_user_id, p_order_id, -p_amount, 'held', v_balance);
      end if;

      perform require_decided(p_order_id, p_user_id, p_amount, p_currency);
      return query select * from events_of_orders(array[p_order_id]);
    end $$`.execute(db);
}

/**
 * Takes what orders asked for, once. Orders accepts a capture or a cancel of an order, never both, so a closed hold is one
 * that was closed by the same wish, or whose order was forgotten by a restore: the row says what became of it.
 */
async function createCapture(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function capture(
      p_order_id uuid, p_user_id uuid, p_amount bigint, p_currency text, p_capture bigint, p_requested_at timestamptz,
      p_signature text
    ) returns table (event payment_events, signature text)
    language plpgsql security definer set search_path = public, pg_temp as $$
    declare
      v_hold holds;
    begin
      perform require_signed('capture', p_order_id, concat_ws(chr(10),
        'capture', p_order_id, p_user_id, p_amount, p_currency, p_capture,
        (extract(epoch from p_requested_at) * 1000)::bigint), p_signature);
      perform from accounts where user_id = p_user_id for update;
      perform require_decided(p_order_id, p_user_id, p_amount, p_currency);
      select * into v_hold from holds where order_id = p_order_id;
      if found and v_hold.closed_at is null then
        if p_capture not between 1 and v_hold.amount or p_requested_at >= v_hold.capture_before then
          raise exception 'order % cannot be captured: % of % held until %',
            p_order_id, p_capture, v_hold.amount, v_hold.capture_before using errcode = 'GZ009';
        end if;
        perform close_hold(p_order_id, p_capture, null);
      end if;
      return query select * from events_of_orders(array[p_order_id]);
    end $$`.execute(db);
}

/**
 * Undoes an order's payment or keeps it from being made, once, whatever became of it before: what is not decided becomes
 * `cancelled`, a live hold is released, and of what was taken goes back as much as orders says. A hold that ends is
 * released in the same way.
 */
async function createCancel(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function cancel_payment(
      p_order_id uuid, p_user_id uuid, p_amount bigint, p_currency text, p_reason text, p_refund bigint, p_signature text
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
      if exists (select from holds where order_id = p_order_id and closed_at is null) then
        perform close_hold(p_order_id, 0, p_reason);
      elsif p_refund > 0 and captured_of(v_decision) > 0 then
        perform give_back(p_order_id, p_order_id, p_refund);
      end if;
      return query select * from events_of_orders(array[p_order_id]);
    end $$`.execute(db);
}

async function createRefund(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function refund(
      p_order_id uuid, p_user_id uuid, p_amount bigint, p_currency text, p_refund_id uuid, p_refund bigint,
      p_signature text
    ) returns table (event payment_events, signature text)
    language plpgsql security definer set search_path = public, pg_temp as $$
    begin
      perform require_signed('refund', p_order_id, concat_ws(chr(10),
        'refund', p_order_id, p_user_id, p_amount, p_currency, p_refund_id, p_refund), p_signature);
      perform from accounts where user_id = p_user_id for update;
      perform require_decided(p_order_id, p_user_id, p_amount, p_currency);
      perform give_back(p_order_id, p_refund_id, p_refund);
      return query
        select e, event_signature(e) from payment_events e
        where e.order_id = p_order_id and e.refund_id = p_refund_id;
    end $$`.execute(db);
}

/** What is held comes back to the balance when it is released, so it counts for the limit of the balance. */
async function limitTopUps(db: Kysely<unknown>): Promise<void> {
  await sql`
    create or replace function top_up(
      p_user_id uuid, p_amount bigint, p_max_balance bigint, p_key text, p_request_hash bytea,
      out reply jsonb, out replayed boolean
    )
    language plpgsql as $$
    declare
      v_scope text := p_user_id || ' top up';
      v_account accounts;
    begin
      reply := idempotency_begin(v_scope, p_key, p_request_hash);
      replayed := reply is not null;
      if replayed then
        return;
      end if;
      select * into v_account from accounts where user_id = p_user_id for update;
      if not found then
        raise exception 'no account' using errcode = 'GZ002';
      end if;
      if v_account.balance + v_account.held + p_amount > p_max_balance then
        raise exception 'over the limit' using errcode = 'GZ003';
      end if;
      update accounts set balance = balance + p_amount, version = version + 1
        where user_id = p_user_id returning * into v_account;
      perform post_transfer('top_up', p_user_id, null, p_amount, 'cash', v_account.balance);
      reply := to_jsonb(v_account);
      perform idempotency_finish(v_scope, p_key, p_request_hash, reply);
    end $$`.execute(db);
}

/** What reconciliation, the audit and the release of overdue holds read, as the role workflows. */
async function createViews(db: Kysely<unknown>): Promise<void> {
  await sql`
    create or replace view accounts_to_audit as select user_id, balance, held from accounts`.execute(db);
  await sql`
    create or replace view postings_to_reconcile as
    select posting_id, order_id, kind, account, user_id, amount, created_at, refund_id from postings
    where order_id is not null`.execute(db);
  await sql`
    create view holds_to_reconcile as
    select order_id, user_id, amount, capture_before, closed_at, captured, release_reason from holds`.execute(
    db,
  );
  await sql`
    create view refunds_to_reconcile as
    select refund_id, order_id, user_id, amount, total, refunded_at from refunds`.execute(db);
  await sql`grant select on holds_to_reconcile, refunds_to_reconcile to workflows`.execute(db);
}

async function grantSteps(db: Kysely<unknown>): Promise<void> {
  await sql`
    revoke execute on all functions in schema public from public`.execute(db);
  await sql`
    grant execute on function
      authorize(uuid, uuid, bigint, text, integer, text),
      capture(uuid, uuid, bigint, text, bigint, timestamptz, text),
      cancel_payment(uuid, uuid, bigint, text, text, bigint, text),
      refund(uuid, uuid, bigint, text, uuid, bigint, text),
      events_of_orders(uuid[])
    to workflows`.execute(db);
}
