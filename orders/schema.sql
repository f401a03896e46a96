-- The schema that orders/migrations make. Written by the command
-- UPDATE_SCHEMA=1 npm test -- test/database/orders/schema.test.ts

CREATE TABLE idempotency_keys (
  scope text NOT NULL,
  key text NOT NULL,
  request_hash bytea NOT NULL,
  reply jsonb NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT idempotency_keys_pkey PRIMARY KEY (scope, key)
);

CREATE INDEX idempotency_keys_by_age ON idempotency_keys USING btree (created_at);

CREATE TABLE orders (
  order_id uuid NOT NULL,
  user_id uuid NOT NULL,
  amount bigint NOT NULL,
  currency text NOT NULL,
  description text,
  status text NOT NULL DEFAULT 'created'::text,
  status_rank smallint NOT NULL DEFAULT 0,
  failure_reason text,
  cancel_requested_at timestamp with time zone,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  updated_at timestamp with time zone NOT NULL DEFAULT now(),
  capture_method text NOT NULL DEFAULT 'automatic'::text,
  capture_within integer,
  capture_before timestamp with time zone,
  capture_requested_at timestamp with time zone,
  capture_requested bigint,
  amount_captured bigint,
  amount_refunded bigint NOT NULL DEFAULT 0,
  cancellation_reason text,
  CONSTRAINT orders_pkey PRIMARY KEY (order_id),
  CONSTRAINT orders_amount_captured_check CHECK (amount_captured >= 1 AND amount_captured <= amount),
  CONSTRAINT orders_amount_check CHECK (amount >= 1 AND amount <= '1000000000000'::bigint),
  CONSTRAINT orders_amount_refunded_check CHECK (amount_refunded >= 0 AND amount_refunded <= amount),
  CONSTRAINT orders_cancellation_reason_check CHECK (cancellation_reason = ANY (ARRAY['requested'::text, 'expired'::text])),
  CONSTRAINT orders_capture_method_check CHECK (capture_method = ANY (ARRAY['automatic'::text, 'manual'::text])),
  CONSTRAINT orders_capture_requested_check CHECK (capture_requested >= 1 AND capture_requested <= amount AND (capture_requested IS NULL) = (capture_requested_at IS NULL)),
  CONSTRAINT orders_capture_within_check CHECK ((capture_method = 'manual'::text) = (capture_within IS NOT NULL)),
  CONSTRAINT orders_check CHECK ((status = 'created'::text) = (status_rank = 0)),
  CONSTRAINT orders_check1 CHECK ((status = 'failed'::text) = (failure_reason IS NOT NULL)),
  CONSTRAINT orders_one_wish_check CHECK (capture_requested_at IS NULL OR cancel_requested_at IS NULL OR cancel_requested_at > capture_requested_at),
  CONSTRAINT orders_status_check CHECK (status = ANY (ARRAY['created'::text, 'authorized'::text, 'paid'::text, 'failed'::text, 'cancelled'::text, 'refunded'::text])),
  CONSTRAINT orders_status_rank_check CHECK (status_rank >= 0 AND status_rank <= 2)
);

CREATE INDEX orders_by_status ON orders USING btree (lower(status), order_id);

CREATE INDEX orders_of_user_by_status ON orders USING btree (user_id, status, order_id);

CREATE INDEX undecided_orders ON orders USING btree (created_at) WHERE status_rank = 0;

CREATE INDEX unfinished_cancels ON orders USING btree (cancel_requested_at) WHERE cancel_requested_at IS NOT NULL AND (status = ANY (ARRAY['created'::text, 'paid'::text]));

CREATE INDEX unfinished_captures ON orders USING btree (capture_requested_at) WHERE capture_requested_at IS NOT NULL AND status = 'authorized'::text;

CREATE INDEX unfinished_releases ON orders USING btree (cancel_requested_at) WHERE cancel_requested_at IS NOT NULL AND status = 'authorized'::text;

CREATE TABLE order_events (
  event_id bigint GENERATED ALWAYS AS IDENTITY,
  order_id uuid NOT NULL,
  user_id uuid NOT NULL,
  status text NOT NULL,
  detail jsonb NOT NULL DEFAULT '{}'::jsonb,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  position bigint,
  CONSTRAINT order_events_pkey PRIMARY KEY (event_id),
  CONSTRAINT order_events_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders(order_id)
);

CREATE INDEX decided_lately ON order_events USING btree (created_at) WHERE detail ? 'eventId'::text AND status <> 'refunded'::text;

CREATE INDEX events_of_order ON order_events USING btree (order_id, event_id);

CREATE INDEX events_of_user ON order_events USING btree (user_id, "position");

CREATE INDEX events_without_position ON order_events USING btree (event_id) WHERE "position" IS NULL;

CREATE UNIQUE INDEX order_event_positions ON order_events USING btree ("position");

CREATE TABLE outbox (
  outbox_id bigint GENERATED ALWAYS AS IDENTITY,
  order_id uuid,
  kind text NOT NULL,
  traceparent text NOT NULL,
  due_at timestamp with time zone NOT NULL DEFAULT now(),
  attempts integer NOT NULL DEFAULT 0,
  last_error text,
  run_id text,
  started_eagerly boolean,
  dispatched_at timestamp with time zone,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  sweeps integer NOT NULL DEFAULT 0,
  workflow_id text,
  payload jsonb,
  fairness_key text,
  turn bigint,
  tracestate text,
  CONSTRAINT outbox_pkey PRIMARY KEY (outbox_id),
  CONSTRAINT outbox_order_id_kind_key UNIQUE (order_id, kind),
  CONSTRAINT outbox_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders(order_id)
);

CREATE UNIQUE INDEX one_row_a_workflow ON outbox USING btree (workflow_id, kind);

CREATE INDEX outbox_turns ON outbox USING btree (turn, due_at) WHERE dispatched_at IS NULL;

CREATE INDEX outbox_turns_of_key ON outbox USING btree (fairness_key, turn) WHERE dispatched_at IS NULL AND turn IS NOT NULL;

CREATE TABLE inbox (
  event_id text NOT NULL,
  topic_partition integer NOT NULL,
  topic_offset bigint NOT NULL,
  received_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT inbox_pkey PRIMARY KEY (event_id)
);

CREATE INDEX inbox_by_age ON inbox USING btree (received_at);

CREATE TABLE purged_order_events (
  up_to bigint NOT NULL
);

CREATE UNIQUE INDEX one_row ON purged_order_events USING btree ((true));

CREATE TABLE signing_keys (
  place smallint NOT NULL,
  inner_pad bytea NOT NULL,
  outer_pad bytea NOT NULL,
  CONSTRAINT signing_keys_pkey PRIMARY KEY (place),
  CONSTRAINT signing_keys_inner_pad_check CHECK (length(inner_pad) = 64),
  CONSTRAINT signing_keys_outer_pad_check CHECK (length(outer_pad) = 64)
);

CREATE TABLE refunds (
  refund_id uuid NOT NULL,
  order_id uuid NOT NULL,
  amount bigint NOT NULL,
  reason text,
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  refunded_at timestamp with time zone,
  CONSTRAINT refunds_pkey PRIMARY KEY (refund_id),
  CONSTRAINT refunds_amount_check CHECK (amount > 0),
  CONSTRAINT refunds_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders(order_id)
);

CREATE INDEX refunds_of_order ON refunds USING btree (order_id, created_at);

CREATE INDEX unfinished_refunds ON refunds USING btree (created_at) WHERE refunded_at IS NULL;

CREATE TABLE operator_actions (
  action_id bigint GENERATED ALWAYS AS IDENTITY,
  at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  actor uuid NOT NULL,
  action text NOT NULL,
  order_id uuid,
  reason text NOT NULL,
  detail jsonb NOT NULL DEFAULT '{}'::jsonb,
  CONSTRAINT operator_actions_pkey PRIMARY KEY (action_id),
  CONSTRAINT operator_actions_reason_check CHECK (length(reason) >= 1 AND length(reason) <= 500)
);

CREATE INDEX actions_of_order ON operator_actions USING btree (order_id, action_id) WHERE order_id IS NOT NULL;

CREATE SEQUENCE order_event_position OWNED BY order_events.position;

CREATE SEQUENCE outbox_turn OWNED BY outbox.turn;

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

CREATE OR REPLACE FUNCTION public.place_order(p_order_id uuid, p_user_id uuid, p_amount bigint, p_currency text, p_description text, p_traceparent text, p_key text, p_request_hash bytea, OUT reply jsonb, OUT replayed boolean)
 RETURNS record
 LANGUAGE sql
AS $function$
      select * from place_order(
        p_order_id, p_user_id, p_amount, p_currency, p_description, p_traceparent, p_key, p_request_hash, null)
    $function$;

CREATE OR REPLACE FUNCTION public.position_order_events(p_limit integer)
 RETURNS integer
 LANGUAGE sql
AS $function$ select position_order_events(p_limit, 0) $function$;

CREATE OR REPLACE FUNCTION public.request_cancel(p_order_id uuid, p_user_id uuid, p_traceparent text, p_key text, p_request_hash bytea, OUT reply jsonb, OUT replayed boolean)
 RETURNS record
 LANGUAGE plpgsql
AS $function$
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
      if v_order.status not in ('created', 'authorized', 'paid') then
        raise exception 'the order has a final status' using errcode = 'GZ006', detail = v_order.status;
      end if;
      if v_order.cancel_requested_at is null then
        if v_order.status = 'authorized' and v_order.capture_requested_at is not null then
          raise exception 'a capture was accepted before' using errcode = 'GZ006', detail = 'being captured';
        end if;
        if v_order.status = 'paid' and refundable_of(v_order) = 0 then
          raise exception 'nothing is left to refund' using errcode = 'GZ006', detail = 'being refunded';
        end if;
        v_now := greatest(clock_timestamp(), v_order.updated_at + interval '1 millisecond');
        update orders set cancel_requested_at = v_now, updated_at = v_now, cancellation_reason = 'requested'
          where order_id = p_order_id returning * into v_order;
        perform enqueue_order_workflow(
          case when v_order.capture_method = 'manual' and v_order.status <> 'paid' then 'release' else 'cancel' end,
          v_order, p_traceparent);
        insert into order_events (order_id, user_id, status, created_at, detail)
          values (p_order_id, p_user_id, v_order.status, v_now, jsonb_strip_nulls(jsonb_build_object(
            'cancelRequested', true, 'amountRefunded', nullif(v_order.amount_refunded, 0))));
      end if;
      reply := to_jsonb(v_order);
      perform idempotency_finish(v_scope, p_key, p_request_hash, reply);
    end $function$;

CREATE OR REPLACE FUNCTION public.payment_payload(p_order orders)
 RETURNS jsonb
 LANGUAGE sql
 IMMUTABLE
AS $function$
      select jsonb_build_object(
        'orderId', p_order.order_id, 'userId', p_order.user_id,
        'amount', p_order.amount::text, 'currency', p_order.currency)
    $function$;

CREATE OR REPLACE FUNCTION public.serve_older_copies()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
    begin
      if new.workflow_id is null then
        new.workflow_id := case new.kind when 'pay' then 'order-' else 'cancel-' end || new.order_id;
        new.payload := (select signed_payload(new.kind, orders) from orders where order_id = new.order_id);
      elsif new.kind <> 'refund' then
        new.order_id := (new.payload ->> 'orderId')::uuid;
      end if;
      return new;
    end $function$;

CREATE OR REPLACE FUNCTION public.enqueue_workflow(p_kind text, p_workflow_id text, p_payload jsonb, p_traceparent text)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
    begin
      perform enqueue_workflow(p_kind, p_workflow_id, p_payload, p_traceparent, p_payload ->> 'userId');
    end $function$;

CREATE OR REPLACE FUNCTION public.enqueue_workflow(p_kind text, p_workflow_id text, p_payload jsonb, p_traceparent text, p_fairness_key text)
 RETURNS void
 LANGUAGE sql
AS $function$
      insert into outbox (kind, workflow_id, payload, traceparent, tracestate, fairness_key, turn)
        select p_kind, p_workflow_id, p_payload, split_part(p_traceparent, ' ', 1),
               nullif(substr(p_traceparent, length(split_part(p_traceparent, ' ', 1)) + 2), ''), p_fairness_key,
               case when p_fairness_key is not null then greatest(last_value, 1 + (
                 select turn from outbox
                 where dispatched_at is null and turn is not null
                   and (fairness_key, turn) >= (p_fairness_key, last_value)
                   and (fairness_key, turn) <= (p_fairness_key, 9223372036854775807)
                 order by fairness_key desc, turn desc limit 1
               )) end
        from outbox_turn
        on conflict do nothing
    $function$;

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

CREATE OR REPLACE FUNCTION public.signed_payload(p_kind text, p_order orders)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
AS $function$
      select payment_payload(p_order) || jsonb_build_object('signature', sign_message(
        concat_ws(chr(10), p_kind, p_order.order_id, p_order.user_id, p_order.amount, p_order.currency)))
    $function$;

CREATE OR REPLACE FUNCTION public.enqueue_order_workflow(p_kind text, p_order orders, p_traceparent text)
 RETURNS void
 LANGUAGE sql
AS $function$
      select enqueue_workflow(
        p_kind, case p_kind when 'cancel' then 'cancel-' else 'order-' end || p_order.order_id,
        workflow_payload(p_kind, p_order), p_traceparent, p_order.user_id::text)
    $function$;

CREATE OR REPLACE FUNCTION public.place_order(p_order_id uuid, p_user_id uuid, p_amount bigint, p_currency text, p_description text, p_traceparent text, p_key text, p_request_hash bytea, p_most_undecided integer, OUT reply jsonb, OUT replayed boolean)
 RETURNS record
 LANGUAGE plpgsql
AS $function$
    declare
      v_scope text := p_user_id || ' place order';
      v_order orders;
    begin
      reply := idempotency_begin(v_scope, p_key, p_request_hash);
      replayed := reply is not null;
      if replayed then
        return;
      end if;
      if p_most_undecided <= (
        select count(*) from (
          -- A range of one value, so that no index but that is in this order.
          select from orders where user_id = p_user_id and status between 'created' and 'created'
          order by status, order_id limit p_most_undecided
        ) as undecided
      ) then
        raise exception 'too many orders of the user are undecided' using errcode = 'GZ008';
      end if;
      insert into orders (order_id, user_id, amount, currency, description)
        values (coalesce(p_order_id, new_order_id(p_user_id, p_key)), p_user_id, p_amount, p_currency, p_description)
        returning * into v_order;
      perform enqueue_order_workflow('pay', v_order, p_traceparent);
      insert into order_events (order_id, user_id, status) values (v_order.order_id, p_user_id, v_order.status);
      reply := to_jsonb(v_order);
      perform idempotency_finish(v_scope, p_key, p_request_hash, reply);
    end $function$;

CREATE OR REPLACE FUNCTION public.new_order_id(p_user_id uuid, p_key text)
 RETURNS uuid
 LANGUAGE plpgsql
AS $function$
    declare
      v_id uuid := uuidv7();
      v_request text := sign_message(concat_ws(chr(10), 'request', p_user_id, p_key));
    begin
      if p_key is null or v_request is null then
        return v_id;
      end if;
      -- The 20th character holds the variant, and stays.
      return left(v_id::text, 20) || left(v_request, 3) || '-' || substr(v_request, 4, 12);
    end $function$;

CREATE OR REPLACE FUNCTION public.position_order_events(p_limit integer, p_after bigint)
 RETURNS integer
 LANGUAGE plpgsql
AS $function$
    declare
      v_last bigint;
      v_count integer;
    begin
      -- Held until the commit, which makes the positions visible before the next writer begins.
      perform pg_advisory_xact_lock(hashtextextended('order_event_position', 0));
      select greatest(last_value, (extract(epoch from clock_timestamp()) * 1000000)::bigint) into v_last
        from order_event_position;
      update order_events
      set position = v_last + next.nth
      from (
        select event_id, row_number() over (order by event_id) as nth
        from (
          select event_id from order_events where position is null and event_id > p_after
          order by event_id limit p_limit
        ) as waiting
      ) as next
      where order_events.event_id = next.event_id;
      get diagnostics v_count = row_count;
      if v_count > 0 then
        perform setval('order_event_position', v_last + v_count);
      end if;
      return v_count;
    end $function$;

CREATE OR REPLACE FUNCTION public.captured_of(p_order orders)
 RETURNS bigint
 LANGUAGE sql
 IMMUTABLE
AS $function$
      select coalesce(p_order.amount_captured,
        case when p_order.status in ('paid', 'refunded') then p_order.amount else 0 end)
    $function$;

CREATE OR REPLACE FUNCTION public.refundable_of(p_order orders)
 RETURNS bigint
 LANGUAGE sql
 STABLE
AS $function$
      select case when p_order.status = 'paid' then captured_of(p_order) - (
        select coalesce(sum(amount), 0) from refunds where order_id = p_order.order_id
      ) else 0 end
    $function$;

CREATE OR REPLACE FUNCTION public.sign_wish(p_kind text, p_order orders, VARIADIC p_more text[])
 RETURNS text
 LANGUAGE sql
 STABLE
AS $function$
      select sign_message(concat_ws(chr(10),
        p_kind, p_order.order_id, p_order.user_id, p_order.amount, p_order.currency, array_to_string(p_more, chr(10))))
    $function$;

CREATE OR REPLACE FUNCTION public.authorize_payload(p_order orders)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
AS $function$
      select payment_payload(p_order) || jsonb_build_object(
        'captureMethod', 'manual', 'captureWithin', p_order.capture_within,
        'signature', sign_wish('authorize', p_order, p_order.capture_within::text))
    $function$;

CREATE OR REPLACE FUNCTION public.capture_wish(p_order orders)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
AS $function$
      select jsonb_build_object(
        'amount', p_order.capture_requested::text,
        'requestedAt', to_char(p_order.capture_requested_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
        'signature', sign_wish('capture', p_order, p_order.capture_requested::text,
          (extract(epoch from p_order.capture_requested_at) * 1000)::bigint::text))
    $function$;

CREATE OR REPLACE FUNCTION public.cancel_wish(p_order orders)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
AS $function$
      select jsonb_build_object('reason', reason, 'refund', refund,
        'signature', sign_wish('cancel', p_order, reason, refund))
      from (
        select coalesce(p_order.cancellation_reason, 'requested') as reason,
               (case when p_order.status = 'paid' then refundable_of(p_order)
                     when p_order.capture_method = 'manual' then 0
                     else p_order.amount end)::text as refund
      ) as wish
    $function$;

CREATE OR REPLACE FUNCTION public.workflow_payload(p_kind text, p_order orders)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
AS $function$
      select case p_kind
        when 'pay' then signed_payload('pay', p_order)
        when 'authorize' then authorize_payload(p_order)
        when 'capture' then authorize_payload(p_order) || jsonb_build_object('capture', capture_wish(p_order))
        when 'release' then authorize_payload(p_order) || jsonb_build_object('cancel', cancel_wish(p_order))
        when 'cancel' then signed_payload('cancel', p_order) || jsonb_build_object('cancel', cancel_wish(p_order))
      end
    $function$;

CREATE OR REPLACE FUNCTION public.refund_payload(p_order orders, p_refund refunds)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
AS $function$
      select payment_payload(p_order) || jsonb_build_object('refundId', p_refund.refund_id,
        'refund', p_refund.amount::text,
        'signature', sign_wish('refund', p_order, p_refund.refund_id::text, p_refund.amount::text))
    $function$;

CREATE OR REPLACE FUNCTION public.place_order(p_user_id uuid, p_amount bigint, p_currency text, p_description text, p_capture_within integer, p_traceparent text, p_key text, p_request_hash bytea, p_most_undecided integer, OUT reply jsonb, OUT replayed boolean)
 RETURNS record
 LANGUAGE plpgsql
AS $function$
    declare
      v_scope text := p_user_id || ' place order';
      v_order orders;
    begin
      reply := idempotency_begin(v_scope, p_key, p_request_hash);
      replayed := reply is not null;
      if replayed then
        return;
      end if;
      if p_most_undecided <= (
        select count(*) from (
          -- A range of one value, so that no index but that is in this order.
          select from orders where user_id = p_user_id and status between 'created' and 'created'
          order by status, order_id limit p_most_undecided
        ) as undecided
      ) then
        raise exception 'too many orders of the user are undecided' using errcode = 'GZ008';
      end if;
      insert into orders (order_id, user_id, amount, currency, description, capture_method, capture_within)
        values (new_order_id(p_user_id, p_key), p_user_id, p_amount, p_currency, p_description,
                case when p_capture_within is null then 'automatic' else 'manual' end, p_capture_within)
        returning * into v_order;
      if p_capture_within is null then
        perform enqueue_workflow('pay', 'order-' || v_order.order_id, signed_payload('pay', v_order), p_traceparent,
          p_user_id::text);
      else
        perform enqueue_order_workflow('authorize', v_order, p_traceparent);
      end if;
      insert into order_events (order_id, user_id, status) values (v_order.order_id, p_user_id, v_order.status);
      reply := to_jsonb(v_order);
      perform idempotency_finish(v_scope, p_key, p_request_hash, reply);
    end $function$;

CREATE OR REPLACE FUNCTION public.request_capture(p_order_id uuid, p_requested_by uuid, p_amount bigint, p_traceparent text, p_key text, p_request_hash bytea, OUT reply jsonb, OUT replayed boolean)
 RETURNS record
 LANGUAGE plpgsql
AS $function$
    declare
      v_scope text := p_requested_by || ' capture order';
      v_order orders;
      v_now timestamptz;
      v_refusal text;
    begin
      reply := idempotency_begin(v_scope, p_key, p_request_hash);
      replayed := reply is not null;
      if replayed then
        return;
      end if;
      -- Waits for an event that is being applied, so that the answer is about the order as it is.
      select * into v_order from orders where order_id = p_order_id for update;
      if not found then
        raise exception 'no such order' using errcode = 'GZ005';
      end if;
      -- In milliseconds, as payments compares it with the end of the hold.
      v_now := date_trunc('milliseconds', greatest(clock_timestamp(), v_order.updated_at + interval '1 millisecond'));
      v_refusal := case
        when v_order.capture_method = 'automatic' then 'automatic'
        when v_order.status in ('paid', 'refunded') or v_order.capture_requested_at is not null then 'captured'
        when v_order.cancellation_reason = 'expired' then 'expired'
        when v_order.status = 'cancelled' or v_order.cancel_requested_at is not null then 'cancelled'
        when v_order.status <> 'authorized' then v_order.status
        when v_now >= v_order.capture_before then 'expired'
      end;
      if v_refusal is not null then
        raise exception 'the order cannot be captured' using errcode = 'GZ010', detail = v_refusal;
      end if;
      if p_amount > v_order.amount then
        raise exception 'more than is held' using errcode = 'GZ011', detail = v_order.amount;
      end if;
      update orders set capture_requested_at = v_now, capture_requested = coalesce(p_amount, amount), updated_at = v_now
        where order_id = p_order_id returning * into v_order;
      perform enqueue_order_workflow('capture', v_order, p_traceparent);
      insert into order_events (order_id, user_id, status, created_at, detail)
        values (p_order_id, v_order.user_id, v_order.status, v_now, '{"captureRequested": true}');
      reply := to_jsonb(v_order);
      perform idempotency_finish(v_scope, p_key, p_request_hash, reply);
    end $function$;

CREATE OR REPLACE FUNCTION public.new_refund_id(p_order_id uuid, p_requested_by uuid, p_key text)
 RETURNS uuid
 LANGUAGE plpgsql
AS $function$
    declare
      v_request text := sign_message(concat_ws(chr(10), 'request', p_order_id, p_requested_by, p_key));
    begin
      if p_key is null or v_request is null then
        return uuidv7();
      end if;
      -- Version 8 of RFC 9562: bits of our own.
      return overlay(overlay(left(v_request, 32) placing '8' from 13) placing '8' from 17);
    end $function$;

CREATE OR REPLACE FUNCTION public.request_refund(p_order_id uuid, p_requested_by uuid, p_amount bigint, p_reason text, p_traceparent text, p_key text, p_request_hash bytea, OUT reply jsonb, OUT replayed boolean)
 RETURNS record
 LANGUAGE plpgsql
AS $function$
    declare
      v_scope text := p_requested_by || ' refund order';
      v_order orders;
      v_refund refunds;
    begin
      reply := idempotency_begin(v_scope, p_key, p_request_hash);
      replayed := reply is not null;
      if replayed then
        return;
      end if;
      select * into v_order from orders where order_id = p_order_id for update;
      if not found then
        raise exception 'no such order' using errcode = 'GZ005';
      end if;
      if v_order.status <> 'paid' or v_order.cancel_requested_at is not null then
        raise exception 'the order cannot be refunded' using errcode = 'GZ012',
          detail = case when v_order.status = 'paid' then 'being refunded' else v_order.status end;
      end if;
      if p_amount > refundable_of(v_order) then
        raise exception 'more than is left' using errcode = 'GZ013', detail = refundable_of(v_order);
      end if;
      insert into refunds (refund_id, order_id, amount, reason)
        values (new_refund_id(p_order_id, p_requested_by, p_key), p_order_id, p_amount, p_reason)
        returning * into v_refund;
      perform enqueue_workflow('refund', 'refund-' || v_refund.refund_id, refund_payload(v_order, v_refund),
        p_traceparent, v_order.user_id::text);
      reply := to_jsonb(v_refund) || jsonb_build_object('currency', v_order.currency);
      perform idempotency_finish(v_scope, p_key, p_request_hash, reply);
    end $function$;

CREATE OR REPLACE FUNCTION public.is_signed(p_message text, p_signature text)
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $function$
      select exists (select from signing_keys where hmac_sha256(signing_keys, p_message) = p_signature)
    $function$;

CREATE OR REPLACE FUNCTION public.expire_order(p_order_id uuid, p_capture_before timestamp with time zone, p_signature text, OUT state text, OUT wish jsonb)
 RETURNS record
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
    declare
      v_order orders;
      v_now timestamptz;
    begin
      select * into v_order from orders where order_id = p_order_id for update;
      if not found then
        raise exception 'no such order' using errcode = 'GZ005';
      end if;
      if not is_signed(concat_ws(chr(10), 'payment.authorized', p_order_id, v_order.user_id, v_order.amount,
          v_order.currency, '', (extract(epoch from p_capture_before) * 1000)::bigint), p_signature) then
        raise exception 'payments did not sign the hold of order %', p_order_id using errcode = 'GZ007';
      end if;
      if v_order.cancellation_reason is null and v_order.cancel_requested_at is null
          and v_order.capture_requested_at is null and v_order.status in ('created', 'authorized') then
        v_now := greatest(clock_timestamp(), v_order.updated_at + interval '1 millisecond');
        if v_now < p_capture_before then
          state := 'early';
          return;
        end if;
        update orders set cancel_requested_at = v_now, updated_at = v_now, cancellation_reason = 'expired'
          where order_id = p_order_id returning * into v_order;
        insert into order_events (order_id, user_id, status, created_at, detail)
          values (p_order_id, v_order.user_id, v_order.status, v_now, '{"expired": true}');
      end if;
      state := case when v_order.cancellation_reason = 'expired' then 'expired' else 'asked' end;
      if state = 'expired' then
        wish := cancel_wish(v_order);
      end if;
    end $function$;

CREATE OR REPLACE FUNCTION public.keep_operator_actions()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
    begin
      raise insufficient_privilege using message = 'what operators did is only added to';
    end $function$;

CREATE OR REPLACE FUNCTION public.record_operator_action(p_actor uuid, p_action text, p_order_ids uuid[], p_reason text, p_detail jsonb)
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
      insert into operator_actions (actor, action, order_id, reason, detail)
      select p_actor, p_action, order_id, p_reason, coalesce(p_detail, '{}')
      from unnest(coalesce(p_order_ids, array[null::uuid])) as acted_on (order_id)
    $function$;

CREATE OR REPLACE FUNCTION public.signed_facts(p_facts jsonb)
 RETURNS TABLE(type text, order_id uuid, user_id uuid, amount bigint, currency text, reason text, capture_before timestamp with time zone, amount_captured bigint, refund_id uuid, refund_amount bigint, at timestamp with time zone)
 LANGUAGE plpgsql
 STABLE
AS $function$
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
    end $function$;

CREATE OR REPLACE FUNCTION public.restore_order(p_facts jsonb, p_actor uuid, p_reason text, p_detail jsonb)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
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
    end $function$;

CREATE VIEW orders_to_pay AS
 SELECT order_id,
    user_id,
    amount,
    currency,
    status
   FROM orders;

CREATE VIEW decided_orders AS
 SELECT order_events.order_id,
    orders.created_at AS placed_at,
    order_events.created_at AS decided_at
   FROM order_events
     JOIN orders USING (order_id)
  WHERE order_events.detail ? 'eventId'::text AND order_events.status <> 'refunded'::text AND NOT order_events.detail ? 'from'::text;

CREATE VIEW orders_undecided AS
 SELECT order_id,
    created_at AS placed_at
   FROM orders
  WHERE status_rank = 0;

CREATE VIEW unfinished AS
 SELECT orders.order_id,
        CASE orders.capture_method
            WHEN 'manual'::text THEN 'authorize'::text
            ELSE 'pay'::text
        END AS kind,
    orders.created_at AS since,
    'order-'::text || orders.order_id AS workflow_id,
    workflow_payload(
        CASE orders.capture_method
            WHEN 'manual'::text THEN 'authorize'::text
            ELSE 'pay'::text
        END, orders.*) AS payload
   FROM orders
  WHERE orders.status_rank = 0
UNION ALL
 SELECT orders.order_id,
    'capture'::text AS kind,
    orders.capture_requested_at AS since,
    'order-'::text || orders.order_id AS workflow_id,
    workflow_payload('capture'::text, orders.*) AS payload
   FROM orders
  WHERE orders.capture_requested_at IS NOT NULL AND orders.status = 'authorized'::text
UNION ALL
 SELECT orders.order_id,
    'release'::text AS kind,
    orders.cancel_requested_at AS since,
    'order-'::text || orders.order_id AS workflow_id,
    workflow_payload('release'::text, orders.*) AS payload
   FROM orders
  WHERE orders.cancel_requested_at IS NOT NULL AND orders.status = 'authorized'::text
UNION ALL
 SELECT cancels.order_id,
    cancels.kind,
    cancels.cancel_requested_at AS since,
        CASE cancels.kind
            WHEN 'cancel'::text THEN 'cancel-'::text
            ELSE 'order-'::text
        END || cancels.order_id AS workflow_id,
    workflow_payload(cancels.kind, cancels.orders) AS payload
   FROM ( SELECT orders.*::orders AS orders,
            orders.order_id,
            orders.cancel_requested_at,
                CASE
                    WHEN orders.capture_method = 'manual'::text AND orders.status = 'created'::text THEN 'release'::text
                    ELSE 'cancel'::text
                END AS kind
           FROM orders
          WHERE orders.cancel_requested_at IS NOT NULL AND (orders.status = ANY (ARRAY['created'::text, 'paid'::text]))) cancels
UNION ALL
 SELECT refunds.order_id,
    'refund'::text AS kind,
    refunds.created_at AS since,
    'refund-'::text || refunds.refund_id AS workflow_id,
    refund_payload(orders.*, refunds.*) AS payload
   FROM refunds
     JOIN orders USING (order_id)
  WHERE refunds.refunded_at IS NULL;

CREATE VIEW orders_to_reconcile AS
 SELECT order_id,
    user_id,
    amount,
    currency,
    status,
    status_rank,
    failure_reason,
    cancel_requested_at,
    created_at,
    capture_method,
    capture_before,
    capture_requested_at,
    capture_requested,
    amount_captured,
    amount_refunded,
    cancellation_reason
   FROM orders;

CREATE VIEW refunds_to_reconcile AS
 SELECT refund_id,
    order_id,
    amount,
    created_at,
    refunded_at
   FROM refunds;

CREATE TRIGGER serve_older_copies BEFORE INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION serve_older_copies();

CREATE TRIGGER keep_operator_actions BEFORE DELETE OR UPDATE OR TRUNCATE ON operator_actions FOR EACH STATEMENT EXECUTE FUNCTION keep_operator_actions();

REVOKE EXECUTE ON FUNCTION expire_order(p_order_id uuid, p_capture_before timestamp with time zone, p_signature text, OUT state text, OUT wish jsonb) FROM public;

REVOKE EXECUTE ON FUNCTION record_operator_action(p_actor uuid, p_action text, p_order_ids uuid[], p_reason text, p_detail jsonb) FROM public;

REVOKE EXECUTE ON FUNCTION signed_facts(p_facts jsonb) FROM public;

REVOKE EXECUTE ON FUNCTION restore_order(p_facts jsonb, p_actor uuid, p_reason text, p_detail jsonb) FROM public;

GRANT EXECUTE ON FUNCTION expire_order(p_order_id uuid, p_capture_before timestamp with time zone, p_signature text, OUT state text, OUT wish jsonb) TO workflows;

GRANT EXECUTE ON FUNCTION record_operator_action(p_actor uuid, p_action text, p_order_ids uuid[], p_reason text, p_detail jsonb) TO workflows;

GRANT EXECUTE ON FUNCTION restore_order(p_facts jsonb, p_actor uuid, p_reason text, p_detail jsonb) TO workflows;

GRANT SELECT ON outbox TO workflows;

GRANT UPDATE (due_at, attempts, last_error, run_id, started_eagerly, dispatched_at, turn) ON outbox TO workflows;

GRANT SELECT ON orders_to_pay TO workflows;

GRANT SELECT ON decided_orders TO workflows;

GRANT SELECT ON orders_undecided TO workflows;

GRANT SELECT ON orders_to_reconcile TO workflows;

GRANT SELECT ON refunds_to_reconcile TO workflows;

GRANT SELECT ON outbox_turn TO workflows;

GRANT UPDATE ON outbox_turn TO workflows;
