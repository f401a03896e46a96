import { sql } from 'kysely';
import type { Kysely } from 'kysely';

/**
 * Money moves only for what orders signed, and payments signs what it reports. So neither access to Temporal or Kafka nor
 * the password of the role workflows can move money or decide an order. The functions without a signature are no longer
 * for that role: a copy of workflows of an older version waits until it is replaced.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createSigningKeys(db);
  await createMessages(db);
  await createSignedDebit(db);
  await createSignedCancel(db);
  await createEventSignatures(db);
  await sql`
    revoke execute on all functions in schema public from public`.execute(db);
  await sql`
    revoke execute on function debit(uuid, uuid, bigint, text), cancel_payment(uuid, uuid, bigint, text)
    from workflows`.execute(db);
  await sql`
    grant execute on function debit(uuid, uuid, bigint, text, text), cancel_payment(uuid, uuid, bigint, text, text),
      event_signatures(uuid[])
    to workflows`.execute(db);
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
  await sql`
    create function is_signed(p_message text, p_signature text) returns boolean
    language sql stable as $$
      select exists (select from signing_keys where hmac_sha256(signing_keys, p_message) = p_signature)
    $$`.execute(db);
}

async function createMessages(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function event_message(p_type text, p_decision decisions) returns text
    language sql immutable as $$
      select concat_ws(chr(10), p_type, p_decision.order_id, p_decision.user_id, p_decision.amount, p_decision.currency,
        case when p_type = 'payment.declined' then p_decision.reason else '' end)
    $$`.execute(db);
  await sql`
    create function decision_message(p_decision decisions) returns text
    language sql immutable as $$
      select event_message('payment.' || p_decision.outcome, p_decision)
    $$`.execute(db);
  await sql`
    create function require_wish(
      p_kind text, p_order_id uuid, p_user_id uuid, p_amount bigint, p_currency text, p_signature text
    ) returns void
    language plpgsql stable as $$
    begin
      if not is_signed(concat_ws(chr(10), p_kind, p_order_id, p_user_id, p_amount, p_currency), p_signature) then
        raise exception 'orders did not ask to % order % of this customer and amount', p_kind, p_order_id
          using errcode = 'GZ007';
      end if;
    end $$`.execute(db);
}

async function createSignedDebit(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function debit(
      p_order_id uuid, p_user_id uuid, p_amount bigint, p_currency text, p_signature text
    ) returns table (decision decisions, signature text)
    language plpgsql security definer set search_path = public, pg_temp as $$
    begin
      perform require_wish('pay', p_order_id, p_user_id, p_amount, p_currency, p_signature);
      select * into strict decision from debit(p_order_id, p_user_id, p_amount, p_currency);
      signature := sign_message(decision_message(decision));
      return next;
    end $$`.execute(db);
}

async function createSignedCancel(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function cancel_payment(
      p_order_id uuid, p_user_id uuid, p_amount bigint, p_currency text, p_signature text
    ) returns table (decision decisions, signature text, refunded_at timestamptz, refund_signature text)
    language plpgsql security definer set search_path = public, pg_temp as $$
    declare
      v_cancelled record;
    begin
      perform require_wish('cancel', p_order_id, p_user_id, p_amount, p_currency, p_signature);
      select * into strict v_cancelled from cancel_payment(p_order_id, p_user_id, p_amount, p_currency);
      decision := v_cancelled.decision;
      signature := sign_message(decision_message(decision));
      refunded_at := v_cancelled.refunded_at;
      if refunded_at is not null then
        refund_signature := sign_message(event_message('payment.refunded', decision));
      end if;
      return next;
    end $$`.execute(db);
}

/** For reconciliation, which reports lost events again. It signs only what is stored. */
async function createEventSignatures(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function event_signatures(p_order_ids uuid[])
    returns table (order_id uuid, type text, signature text)
    language sql stable security definer set search_path = public, pg_temp as $$
      select d.order_id, 'payment.' || d.outcome, sign_message(decision_message(d))
      from decisions d where d.order_id = any(p_order_ids)
      union all
      select d.order_id, 'payment.refunded', sign_message(event_message('payment.refunded', d))
      from decisions d where d.order_id = any(p_order_ids) and exists (
        select from postings where postings.order_id = d.order_id and kind = 'refund'
      )
    $$`.execute(db);
}
