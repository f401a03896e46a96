import { sql } from 'kysely';
import type { Kysely } from 'kysely';

/**
 * Accounts, decisions and the double-entry ledger, and the functions that are the only way to move money. Each moves it
 * in one round trip, and each statement inside sees a fresh snapshot, which one clever CTE would not: a concurrent
 * repeat would see no row, and a CTE cannot update the row it inserted.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createIdempotency(db);
  await createTables(db);
  await createPostTransfer(db);
  await createOpenAccount(db);
  await createTopUp(db);
  await createDebit(db);
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
  // Room on each page keeps a hot account's new versions beside the old one, off the index (heap-only tuples).
  await sql`
    create table accounts (
      user_id uuid primary key,
      currency text not null,
      balance bigint not null default 0 check (balance >= 0),
      version bigint not null default 1,
      created_at timestamptz not null default now()
    ) with (fillfactor = 70)`.execute(db);
  // The inbox of debits: one row for each order that was ever decided. Never purged.
  await sql`
    create table decisions (
      order_id uuid primary key,
      user_id uuid not null,
      amount bigint not null check (amount > 0),
      currency text not null,
      outcome text not null check (outcome in ('completed', 'declined')),
      reason text check (reason in ('insufficient_funds', 'account_not_found', 'currency_mismatch', 'cancelled')),
      decided_at timestamptz not null default now(),
      check ((outcome = 'declined') = (reason is not null))
    )`.execute(db);
  // Credits are positive, debits negative. cash and sales are sums of postings without a balance row, so never hot.
  await sql`
    create table postings (
      posting_id bigint generated always as identity primary key,
      transfer_id uuid not null,
      kind text not null check (kind in ('top_up', 'debit', 'refund')),
      account text not null check (account in ('customer', 'cash', 'sales')),
      user_id uuid not null references accounts,
      order_id uuid references decisions,
      amount bigint not null check (amount <> 0),
      balance_after bigint,
      created_at timestamptz not null default now(),
      check ((kind = 'top_up') = (order_id is null)),
      check ((account = 'customer') = (balance_after is not null))
    )`.execute(db);
  await sql`create unique index one_debit_one_refund_an_order on postings (order_id, kind, account)
    where order_id is not null`.execute(db);
  await sql`create index statement on postings (user_id, posting_id desc) where account = 'customer'`.execute(
    db,
  );
}

async function createPostTransfer(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function post_transfer(
      p_kind text, p_user_id uuid, p_order_id uuid, p_amount bigint, p_contra text, p_balance_after bigint
    ) returns void
    language sql as $$
      with transfer as (select uuidv7() as id)
      insert into postings (transfer_id, kind, account, user_id, order_id, amount, balance_after)
      select id, p_kind, 'customer', p_user_id, p_order_id, p_amount, p_balance_after from transfer
      union all
      select id, p_kind, p_contra, p_user_id, p_order_id, -p_amount, null from transfer
    $$`.execute(db);
}

async function createOpenAccount(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function open_account(
      p_user_id uuid, p_currency text, p_key text, p_request_hash bytea, out reply jsonb, out replayed boolean
    )
    language plpgsql as $$
    declare
      v_scope text := p_user_id || ' open account';
      v_account accounts;
    begin
      reply := idempotency_begin(v_scope, p_key, p_request_hash);
      replayed := reply is not null;
      if replayed then
        return;
      end if;
      insert into accounts (user_id, currency) values (p_user_id, p_currency)
        on conflict do nothing returning * into v_account;
      if not found then
        raise exception 'the user has an account' using errcode = 'GZ001';
      end if;
      reply := to_jsonb(v_account);
      perform idempotency_finish(v_scope, p_key, p_request_hash, reply);
    end $$`.execute(db);
}

async function createTopUp(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function top_up(
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
      if v_account.balance + p_amount > p_max_balance then
        raise exception 'over the limit' using errcode = 'GZ003';
      end if;
      update accounts set balance = balance + p_amount, version = version + 1
        where user_id = p_user_id returning * into v_account;
      perform post_transfer('top_up', p_user_id, null, p_amount, 'cash', v_account.balance);
      reply := to_jsonb(v_account);
      perform idempotency_finish(v_scope, p_key, p_request_hash, reply);
    end $$`.execute(db);
}

/**
 * The decision about an order: made at the first call, returned as it was at every other. The account's lock makes
 * concurrent repeats wait for each other; the decision row, not the caller, says whether money moves.
 */
async function createDebit(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function debit(p_order_id uuid, p_user_id uuid, p_amount bigint, p_currency text)
    returns setof decisions
    language plpgsql security definer set search_path = public, pg_temp as $$
    declare
      v_account accounts;
      v_reason text;
      v_decision decisions;
      v_new boolean;
    begin
      select * into v_account from accounts where user_id = p_user_id for update;
      v_reason := case
        when not found then 'account_not_found'
        when v_account.currency <> p_currency then 'currency_mismatch'
        when v_account.balance < p_amount then 'insufficient_funds'
      end;

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
  await sql`revoke execute on all functions in schema public from public`.execute(db);
  await sql`grant execute on function debit to workflows`.execute(db);
}
