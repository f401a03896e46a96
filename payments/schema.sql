-- The schema that payments/migrations make. Written by the command
-- UPDATE_SCHEMA=1 npm test -- test/database/payments/schema.test.ts

CREATE TABLE idempotency_keys (
  scope text NOT NULL,
  key text NOT NULL,
  request_hash bytea NOT NULL,
  reply jsonb NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT idempotency_keys_pkey PRIMARY KEY (scope, key)
);

CREATE INDEX idempotency_keys_by_age ON idempotency_keys USING btree (created_at);

CREATE TABLE accounts (
  user_id uuid NOT NULL,
  currency text NOT NULL,
  balance bigint NOT NULL DEFAULT 0,
  version bigint NOT NULL DEFAULT 1,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  held bigint NOT NULL DEFAULT 0,
  CONSTRAINT accounts_pkey PRIMARY KEY (user_id),
  CONSTRAINT accounts_balance_check CHECK (balance >= 0),
  CONSTRAINT accounts_held_check CHECK (held >= 0)
) WITH (fillfactor=70);

CREATE TABLE decisions (
  order_id uuid NOT NULL,
  user_id uuid NOT NULL,
  amount bigint NOT NULL,
  currency text NOT NULL,
  outcome text NOT NULL,
  reason text,
  decided_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT decisions_pkey PRIMARY KEY (order_id),
  CONSTRAINT decisions_amount_check CHECK (amount > 0),
  CONSTRAINT decisions_check CHECK ((outcome = 'declined'::text) = (reason IS NOT NULL)),
  CONSTRAINT decisions_outcome_check CHECK (outcome = ANY (ARRAY['completed'::text, 'authorized'::text, 'declined'::text])),
  CONSTRAINT decisions_reason_check CHECK (reason = ANY (ARRAY['insufficient_funds'::text, 'account_not_found'::text, 'currency_mismatch'::text, 'cancelled'::text]))
);

CREATE INDEX decisions_of_request ON decisions USING btree ("right"(order_id::text, 16));

CREATE TABLE postings (
  posting_id bigint GENERATED ALWAYS AS IDENTITY,
  transfer_id uuid NOT NULL,
  kind text NOT NULL,
  account text NOT NULL,
  user_id uuid NOT NULL,
  order_id uuid,
  amount bigint NOT NULL,
  balance_after bigint,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  refund_id uuid,
  CONSTRAINT postings_pkey PRIMARY KEY (posting_id),
  CONSTRAINT postings_account_check CHECK (account = ANY (ARRAY['customer'::text, 'cash'::text, 'sales'::text, 'held'::text])),
  CONSTRAINT postings_amount_check CHECK (amount <> 0),
  CONSTRAINT postings_check CHECK ((kind = 'top_up'::text) = (order_id IS NULL)),
  CONSTRAINT postings_check1 CHECK ((account = 'customer'::text) = (balance_after IS NOT NULL)),
  CONSTRAINT postings_kind_check CHECK (kind = ANY (ARRAY['top_up'::text, 'debit'::text, 'hold'::text, 'capture'::text, 'release'::text, 'refund'::text])),
  CONSTRAINT postings_refund_check CHECK (kind = 'refund'::text OR refund_id IS NULL),
  CONSTRAINT postings_order_id_fkey FOREIGN KEY (order_id) REFERENCES decisions(order_id),
  CONSTRAINT postings_user_id_fkey FOREIGN KEY (user_id) REFERENCES accounts(user_id)
);

CREATE UNIQUE INDEX one_step_an_order ON postings USING btree (order_id, kind, account, refund_id) NULLS NOT DISTINCT WHERE order_id IS NOT NULL;

CREATE INDEX settlements ON postings USING btree (created_at, posting_id) WHERE account = 'sales'::text;

CREATE INDEX statement ON postings USING btree (user_id, posting_id DESC) WHERE account = 'customer'::text;

CREATE TABLE signing_keys (
  place smallint NOT NULL,
  inner_pad bytea NOT NULL,
  outer_pad bytea NOT NULL,
  CONSTRAINT signing_keys_pkey PRIMARY KEY (place),
  CONSTRAINT signing_keys_inner_pad_check CHECK (length(inner_pad) = 64),
  CONSTRAINT signing_keys_outer_pad_check CHECK (length(outer_pad) = 64)
);

CREATE TABLE holds (
  order_id uuid NOT NULL,
  user_id uuid NOT NULL,
  amount bigint NOT NULL,
  capture_before timestamp with time zone NOT NULL,
  closed_at timestamp with time zone,
  captured bigint,
  release_reason text,
  CONSTRAINT holds_pkey PRIMARY KEY (order_id),
  CONSTRAINT holds_amount_check CHECK (amount > 0),
  CONSTRAINT holds_check CHECK (captured >= 0 AND captured <= amount),
  CONSTRAINT holds_check1 CHECK ((closed_at IS NULL) = (captured IS NULL)),
  CONSTRAINT holds_check2 CHECK (COALESCE(captured = 0, false) = (release_reason IS NOT NULL)),
  CONSTRAINT holds_release_reason_check CHECK (release_reason = ANY (ARRAY['requested'::text, 'expired'::text])),
  CONSTRAINT holds_order_id_fkey FOREIGN KEY (order_id) REFERENCES decisions(order_id),
  CONSTRAINT holds_user_id_fkey FOREIGN KEY (user_id) REFERENCES accounts(user_id)
);

CREATE INDEX live_holds ON holds USING btree (capture_before) WHERE closed_at IS NULL;

CREATE INDEX live_holds_of_user ON holds USING btree (user_id) WHERE closed_at IS NULL;

CREATE TABLE refunds (
  refund_id uuid NOT NULL,
  order_id uuid NOT NULL,
  user_id uuid NOT NULL,
  amount bigint NOT NULL,
  total bigint NOT NULL,
  refunded_at timestamp with time zone NOT NULL,
  CONSTRAINT refunds_pkey PRIMARY KEY (refund_id),
  CONSTRAINT refunds_amount_check CHECK (amount > 0),
  CONSTRAINT refunds_check CHECK (total >= amount),
  CONSTRAINT refunds_order_id_fkey FOREIGN KEY (order_id) REFERENCES decisions(order_id),
  CONSTRAINT refunds_user_id_fkey FOREIGN KEY (user_id) REFERENCES accounts(user_id)
);

CREATE INDEX refunds_of_order ON refunds USING btree (order_id);

CREATE VIEW payment_events AS
 SELECT d.order_id,
    d.user_id,
    d.amount,
    d.currency,
    'payment.'::text || d.outcome AS type,
    d.reason,
    h.capture_before,
    NULL::bigint AS amount_captured,
    NULL::uuid AS refund_id,
    NULL::bigint AS refund_amount,
    NULL::bigint AS amount_refunded,
    d.decided_at AS "time"
   FROM decisions d
     LEFT JOIN holds h ON h.order_id = d.order_id
UNION ALL
 SELECT d.order_id,
    d.user_id,
    d.amount,
    d.currency,
        CASE
            WHEN h.captured > 0 THEN 'payment.captured'::text
            ELSE 'payment.released'::text
        END AS type,
    h.release_reason AS reason,
    NULL::timestamp with time zone AS capture_before,
    NULLIF(h.captured, 0) AS amount_captured,
    NULL::uuid AS refund_id,
    NULL::bigint AS refund_amount,
    NULL::bigint AS amount_refunded,
    h.closed_at AS "time"
   FROM holds h
     JOIN decisions d ON d.order_id = h.order_id
  WHERE h.closed_at IS NOT NULL
UNION ALL
 SELECT d.order_id,
    d.user_id,
    d.amount,
    d.currency,
    'payment.refunded'::text AS type,
    NULL::text AS reason,
    NULL::timestamp with time zone AS capture_before,
        CASE d.outcome
            WHEN 'completed'::text THEN d.amount
            ELSE h.captured
        END AS amount_captured,
    r.refund_id,
    r.amount AS refund_amount,
    r.total AS amount_refunded,
    r.refunded_at AS "time"
   FROM refunds r
     JOIN decisions d ON d.order_id = r.order_id
     LEFT JOIN holds h ON h.order_id = r.order_id;

CREATE OR REPLACE FUNCTION public.idempotency_begin(p_scope text, p_key text, p_request_hash bytea)
 RETURNS jsonb
 LANGUAGE plpgsql
AS $function$
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
    end $function$;

CREATE OR REPLACE FUNCTION public.idempotency_finish(p_scope text, p_key text, p_request_hash bytea, p_reply jsonb)
 RETURNS void
 LANGUAGE sql
AS $function$
      insert into idempotency_keys (scope, key, request_hash, reply)
      select p_scope, p_key, p_request_hash, p_reply where p_key is not null
    $function$;

CREATE OR REPLACE FUNCTION public.post_transfer(p_kind text, p_user_id uuid, p_order_id uuid, p_amount bigint, p_contra text, p_balance_after bigint)
 RETURNS void
 LANGUAGE sql
AS $function$
      with transfer as (select uuidv7() as id)
      insert into postings (transfer_id, kind, account, user_id, order_id, amount, balance_after)
      select id, p_kind, 'customer', p_user_id, p_order_id, p_amount, p_balance_after from transfer
      union all
      select id, p_kind, p_contra, p_user_id, p_order_id, -p_amount, null from transfer
    $function$;

CREATE OR REPLACE FUNCTION public.open_account(p_user_id uuid, p_currency text, p_key text, p_request_hash bytea, OUT reply jsonb, OUT replayed boolean)
 RETURNS record
 LANGUAGE plpgsql
AS $function$
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
    end $function$;

CREATE OR REPLACE FUNCTION public.top_up(p_user_id uuid, p_amount bigint, p_max_balance bigint, p_key text, p_request_hash bytea, OUT reply jsonb, OUT replayed boolean)
 RETURNS record
 LANGUAGE plpgsql
AS $function$
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
    end $function$;

CREATE OR REPLACE FUNCTION public.debit(p_order_id uuid, p_user_id uuid, p_amount bigint, p_currency text)
 RETURNS SETOF decisions
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
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
    end $function$;

CREATE OR REPLACE FUNCTION public.cancel_payment(p_order_id uuid, p_user_id uuid, p_amount bigint, p_currency text)
 RETURNS TABLE(decision decisions, refunded_at timestamp with time zone)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
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
    end $function$;

CREATE OR REPLACE FUNCTION public.hmac_sha256(p_key signing_keys, p_message text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
AS $function$
      select encode(
        sha256(p_key.outer_pad || sha256(p_key.inner_pad || convert_to(p_message, 'UTF8'))), 'hex')
    $function$;

CREATE OR REPLACE FUNCTION public.sign_message(p_message text)
 RETURNS text
 LANGUAGE sql
 STABLE
AS $function$
      select hmac_sha256(signing_keys, p_message) from signing_keys where place = 0
    $function$;

CREATE OR REPLACE FUNCTION public.is_signed(p_message text, p_signature text)
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $function$
      select exists (select from signing_keys where hmac_sha256(signing_keys, p_message) = p_signature)
    $function$;

CREATE OR REPLACE FUNCTION public.event_message(p_type text, p_decision decisions)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
AS $function$
      select concat_ws(chr(10), p_type, p_decision.order_id, p_decision.user_id, p_decision.amount, p_decision.currency,
        case when p_type = 'payment.declined' then p_decision.reason else '' end)
    $function$;

CREATE OR REPLACE FUNCTION public.decision_message(p_decision decisions)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
AS $function$
      select event_message('payment.' || p_decision.outcome, p_decision)
    $function$;

CREATE OR REPLACE FUNCTION public.require_wish(p_kind text, p_order_id uuid, p_user_id uuid, p_amount bigint, p_currency text, p_signature text)
 RETURNS void
 LANGUAGE plpgsql
 STABLE
AS $function$
    begin
      if not is_signed(concat_ws(chr(10), p_kind, p_order_id, p_user_id, p_amount, p_currency), p_signature) then
        raise exception 'orders did not ask to % order % of this customer and amount', p_kind, p_order_id
          using errcode = 'GZ007';
      end if;
    end $function$;

CREATE OR REPLACE FUNCTION public.debit(p_order_id uuid, p_user_id uuid, p_amount bigint, p_currency text, p_signature text)
 RETURNS TABLE(decision decisions, signature text)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
    begin
      perform require_wish('pay', p_order_id, p_user_id, p_amount, p_currency, p_signature);
      select * into strict decision from debit(p_order_id, p_user_id, p_amount, p_currency);
      signature := sign_message(decision_message(decision));
      return next;
    end $function$;

CREATE OR REPLACE FUNCTION public.cancel_payment(p_order_id uuid, p_user_id uuid, p_amount bigint, p_currency text, p_signature text)
 RETURNS TABLE(decision decisions, signature text, refunded_at timestamp with time zone, refund_signature text)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
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
    end $function$;

CREATE OR REPLACE FUNCTION public.event_signatures(p_order_ids uuid[])
 RETURNS TABLE(order_id uuid, type text, signature text)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
      select d.order_id, 'payment.' || d.outcome, sign_message(decision_message(d))
      from decisions d where d.order_id = any(p_order_ids)
      union all
      select d.order_id, 'payment.refunded', sign_message(event_message('payment.refunded', d))
      from decisions d where d.order_id = any(p_order_ids) and exists (
        select from postings where postings.order_id = d.order_id and kind = 'refund'
      )
    $function$;

CREATE OR REPLACE FUNCTION public.refund_debit(p_order_id uuid, p_user_id uuid)
 RETURNS timestamp with time zone
 LANGUAGE plpgsql
AS $function$
    begin
      if not exists (select from refunds where refund_id = p_order_id) and left_of(p_order_id) > 0 then
        perform give_back(p_order_id, p_order_id, left_of(p_order_id));
      end if;
      return (select max(refunded_at) from refunds where order_id = p_order_id);
    end $function$;

CREATE OR REPLACE FUNCTION public.settle_earlier_payment(p_order_id uuid, p_user_id uuid)
 RETURNS text
 LANGUAGE plpgsql
AS $function$
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
    end $function$;

CREATE OR REPLACE FUNCTION public.post_refund(p_user_id uuid, p_order_id uuid, p_refund_id uuid, p_amount bigint, p_balance_after bigint)
 RETURNS void
 LANGUAGE sql
AS $function$
      with transfer as (select uuidv7() as id)
      insert into postings (transfer_id, kind, account, user_id, order_id, refund_id, amount, balance_after)
      select id, 'refund', 'customer', p_user_id, p_order_id, p_refund_id, p_amount, p_balance_after from transfer
      union all
      select id, 'refund', 'sales', p_user_id, p_order_id, p_refund_id, -p_amount, null from transfer
    $function$;

CREATE OR REPLACE FUNCTION public.post_capture(p_user_id uuid, p_order_id uuid, p_amount bigint)
 RETURNS void
 LANGUAGE sql
AS $function$
      with transfer as (select uuidv7() as id)
      insert into postings (transfer_id, kind, account, user_id, order_id, amount)
      select id, 'capture', 'held', p_user_id, p_order_id, -p_amount from transfer
      union all
      select id, 'capture', 'sales', p_user_id, p_order_id, p_amount from transfer
    $function$;

CREATE OR REPLACE FUNCTION public.captured_of(p_decision decisions)
 RETURNS bigint
 LANGUAGE sql
 STABLE
AS $function$
      select case p_decision.outcome
        when 'completed' then p_decision.amount
        when 'authorized' then coalesce((select captured from holds where order_id = p_decision.order_id), 0)
        else 0
      end
    $function$;

CREATE OR REPLACE FUNCTION public.event_signature(p_event payment_events)
 RETURNS text
 LANGUAGE sql
 STABLE
AS $function$
      select sign_message(concat_ws(chr(10), p_event.type, p_event.order_id, p_event.user_id, p_event.amount,
        p_event.currency, coalesce(p_event.reason, ''), (extract(epoch from p_event.capture_before) * 1000)::bigint,
        p_event.amount_captured, p_event.refund_id, p_event.refund_amount, p_event.amount_refunded))
    $function$;

CREATE OR REPLACE FUNCTION public.events_of_orders(p_order_ids uuid[])
 RETURNS TABLE(event payment_events, signature text)
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
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
    end $function$;

CREATE OR REPLACE FUNCTION public.close_hold(p_order_id uuid, p_captured bigint, p_release_reason text)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
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
    end $function$;

CREATE OR REPLACE FUNCTION public.left_of(p_order_id uuid)
 RETURNS bigint
 LANGUAGE plpgsql
 STABLE
AS $function$
    declare
      v_taken bigint;
    begin
      select amount into strict v_taken
        from postings where order_id = p_order_id and kind in ('debit', 'capture') and account = 'sales';
      return v_taken - coalesce((select sum(amount) from refunds where order_id = p_order_id), 0);
    end $function$;

CREATE OR REPLACE FUNCTION public.give_back(p_order_id uuid, p_refund_id uuid, p_amount bigint)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
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
    end $function$;

CREATE OR REPLACE FUNCTION public.require_signed(p_wish text, p_order_id uuid, p_message text, p_signature text)
 RETURNS void
 LANGUAGE plpgsql
 STABLE
AS $function$
    begin
      if not is_signed(p_message, p_signature) then
        raise exception 'orders did not ask to % order % of this customer and amount', p_wish, p_order_id
          using errcode = 'GZ007';
      end if;
    end $function$;

CREATE OR REPLACE FUNCTION public.require_decided(p_order_id uuid, p_user_id uuid, p_amount bigint, p_currency text)
 RETURNS decisions
 LANGUAGE plpgsql
 STABLE
AS $function$
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
    end $function$;

CREATE OR REPLACE FUNCTION public.authorize(p_order_id uuid, p_user_id uuid, p_amount bigint, p_currency text, p_capture_within integer, p_signature text)
 RETURNS TABLE(event payment_events, signature text)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
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
    end $function$;

CREATE OR REPLACE FUNCTION public.capture(p_order_id uuid, p_user_id uuid, p_amount bigint, p_currency text, p_capture bigint, p_requested_at timestamp with time zone, p_signature text)
 RETURNS TABLE(event payment_events, signature text)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
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
    end $function$;

CREATE OR REPLACE FUNCTION public.cancel_payment(p_order_id uuid, p_user_id uuid, p_amount bigint, p_currency text, p_reason text, p_refund bigint, p_signature text)
 RETURNS TABLE(event payment_events, signature text)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
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
    end $function$;

CREATE OR REPLACE FUNCTION public.refund(p_order_id uuid, p_user_id uuid, p_amount bigint, p_currency text, p_refund_id uuid, p_refund bigint, p_signature text)
 RETURNS TABLE(event payment_events, signature text)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
    begin
      perform require_signed('refund', p_order_id, concat_ws(chr(10),
        'refund', p_order_id, p_user_id, p_amount, p_currency, p_refund_id, p_refund), p_signature);
      perform from accounts where user_id = p_user_id for update;
      perform require_decided(p_order_id, p_user_id, p_amount, p_currency);
      perform give_back(p_order_id, p_refund_id, p_refund);
      return query
        select e, event_signature(e) from payment_events e
        where e.order_id = p_order_id and e.refund_id = p_refund_id;
    end $function$;

CREATE VIEW decisions_to_reconcile AS
 SELECT order_id,
    user_id,
    amount,
    currency,
    outcome,
    reason,
    decided_at
   FROM decisions;

CREATE VIEW postings_to_reconcile AS
 SELECT posting_id,
    order_id,
    kind,
    account,
    user_id,
    amount,
    created_at,
    refund_id
   FROM postings
  WHERE order_id IS NOT NULL;

CREATE VIEW accounts_to_audit AS
 SELECT user_id,
    balance,
    held
   FROM accounts;

CREATE VIEW postings_to_audit AS
 SELECT posting_id,
    transfer_id,
    account,
    user_id,
    amount,
    balance_after
   FROM postings;

CREATE VIEW holds_to_reconcile AS
 SELECT order_id,
    user_id,
    amount,
    capture_before,
    closed_at,
    captured,
    release_reason
   FROM holds;

CREATE VIEW refunds_to_reconcile AS
 SELECT refund_id,
    order_id,
    user_id,
    amount,
    total,
    refunded_at
   FROM refunds;

REVOKE EXECUTE ON FUNCTION idempotency_begin(p_scope text, p_key text, p_request_hash bytea) FROM public;

REVOKE EXECUTE ON FUNCTION idempotency_finish(p_scope text, p_key text, p_request_hash bytea, p_reply jsonb) FROM public;

REVOKE EXECUTE ON FUNCTION post_transfer(p_kind text, p_user_id uuid, p_order_id uuid, p_amount bigint, p_contra text, p_balance_after bigint) FROM public;

REVOKE EXECUTE ON FUNCTION open_account(p_user_id uuid, p_currency text, p_key text, p_request_hash bytea, OUT reply jsonb, OUT replayed boolean) FROM public;

REVOKE EXECUTE ON FUNCTION top_up(p_user_id uuid, p_amount bigint, p_max_balance bigint, p_key text, p_request_hash bytea, OUT reply jsonb, OUT replayed boolean) FROM public;

REVOKE EXECUTE ON FUNCTION debit(p_order_id uuid, p_user_id uuid, p_amount bigint, p_currency text) FROM public;

REVOKE EXECUTE ON FUNCTION cancel_payment(p_order_id uuid, p_user_id uuid, p_amount bigint, p_currency text) FROM public;

REVOKE EXECUTE ON FUNCTION hmac_sha256(p_key signing_keys, p_message text) FROM public;

REVOKE EXECUTE ON FUNCTION sign_message(p_message text) FROM public;

REVOKE EXECUTE ON FUNCTION is_signed(p_message text, p_signature text) FROM public;

REVOKE EXECUTE ON FUNCTION event_message(p_type text, p_decision decisions) FROM public;

REVOKE EXECUTE ON FUNCTION decision_message(p_decision decisions) FROM public;

REVOKE EXECUTE ON FUNCTION require_wish(p_kind text, p_order_id uuid, p_user_id uuid, p_amount bigint, p_currency text, p_signature text) FROM public;

REVOKE EXECUTE ON FUNCTION debit(p_order_id uuid, p_user_id uuid, p_amount bigint, p_currency text, p_signature text) FROM public;

REVOKE EXECUTE ON FUNCTION cancel_payment(p_order_id uuid, p_user_id uuid, p_amount bigint, p_currency text, p_signature text) FROM public;

REVOKE EXECUTE ON FUNCTION event_signatures(p_order_ids uuid[]) FROM public;

REVOKE EXECUTE ON FUNCTION refund_debit(p_order_id uuid, p_user_id uuid) FROM public;

REVOKE EXECUTE ON FUNCTION settle_earlier_payment(p_order_id uuid, p_user_id uuid) FROM public;

REVOKE EXECUTE ON FUNCTION post_refund(p_user_id uuid, p_order_id uuid, p_refund_id uuid, p_amount bigint, p_balance_after bigint) FROM public;

REVOKE EXECUTE ON FUNCTION post_capture(p_user_id uuid, p_order_id uuid, p_amount bigint) FROM public;

REVOKE EXECUTE ON FUNCTION captured_of(p_decision decisions) FROM public;

REVOKE EXECUTE ON FUNCTION event_signature(p_event payment_events) FROM public;

REVOKE EXECUTE ON FUNCTION events_of_orders(p_order_ids uuid[]) FROM public;

REVOKE EXECUTE ON FUNCTION close_hold(p_order_id uuid, p_captured bigint, p_release_reason text) FROM public;

REVOKE EXECUTE ON FUNCTION left_of(p_order_id uuid) FROM public;

REVOKE EXECUTE ON FUNCTION give_back(p_order_id uuid, p_refund_id uuid, p_amount bigint) FROM public;

REVOKE EXECUTE ON FUNCTION require_signed(p_wish text, p_order_id uuid, p_message text, p_signature text) FROM public;

REVOKE EXECUTE ON FUNCTION require_decided(p_order_id uuid, p_user_id uuid, p_amount bigint, p_currency text) FROM public;

REVOKE EXECUTE ON FUNCTION authorize(p_order_id uuid, p_user_id uuid, p_amount bigint, p_currency text, p_capture_within integer, p_signature text) FROM public;

REVOKE EXECUTE ON FUNCTION capture(p_order_id uuid, p_user_id uuid, p_amount bigint, p_currency text, p_capture bigint, p_requested_at timestamp with time zone, p_signature text) FROM public;

REVOKE EXECUTE ON FUNCTION cancel_payment(p_order_id uuid, p_user_id uuid, p_amount bigint, p_currency text, p_reason text, p_refund bigint, p_signature text) FROM public;

REVOKE EXECUTE ON FUNCTION refund(p_order_id uuid, p_user_id uuid, p_amount bigint, p_currency text, p_refund_id uuid, p_refund bigint, p_signature text) FROM public;

GRANT EXECUTE ON FUNCTION debit(p_order_id uuid, p_user_id uuid, p_amount bigint, p_currency text, p_signature text) TO workflows;

GRANT EXECUTE ON FUNCTION cancel_payment(p_order_id uuid, p_user_id uuid, p_amount bigint, p_currency text, p_signature text) TO workflows;

GRANT EXECUTE ON FUNCTION event_signatures(p_order_ids uuid[]) TO workflows;

GRANT EXECUTE ON FUNCTION events_of_orders(p_order_ids uuid[]) TO workflows;

GRANT EXECUTE ON FUNCTION authorize(p_order_id uuid, p_user_id uuid, p_amount bigint, p_currency text, p_capture_within integer, p_signature text) TO workflows;

GRANT EXECUTE ON FUNCTION capture(p_order_id uuid, p_user_id uuid, p_amount bigint, p_currency text, p_capture bigint, p_requested_at timestamp with time zone, p_signature text) TO workflows;

GRANT EXECUTE ON FUNCTION cancel_payment(p_order_id uuid, p_user_id uuid, p_amount bigint, p_currency text, p_reason text, p_refund bigint, p_signature text) TO workflows;

GRANT EXECUTE ON FUNCTION refund(p_order_id uuid, p_user_id uuid, p_amount bigint, p_currency text, p_refund_id uuid, p_refund bigint, p_signature text) TO workflows;

GRANT SELECT ON decisions_to_reconcile TO workflows;

GRANT SELECT ON postings_to_reconcile TO workflows;

GRANT SELECT ON accounts_to_audit TO workflows;

GRANT SELECT ON postings_to_audit TO workflows;

GRANT SELECT ON holds_to_reconcile TO workflows;

GRANT SELECT ON refunds_to_reconcile TO workflows;
