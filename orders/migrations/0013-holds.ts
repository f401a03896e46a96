import { sql } from 'kysely';
import type { Kysely } from 'kysely';

/**
 * Orders whose money is reserved first and captured later, and refunds in parts. An order accepts one of a capture, a
 * cancel and its end, by a wish in its row, which is locked for it. Payments carries out what orders signed. So a capture
 * that was accepted in time is carried out, however late, and nothing is captured that was not.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await addColumns(db);
  await createRefunds(db);
  await createAmounts(db);
  await createPayloads(db);
  await placeManualOrders(db);
  await createRequestCapture(db);
  await cancelHolds(db);
  await createRequestRefund(db);
  await createExpireOrder(db);
  await extendViews(db);
}

async function addColumns(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table orders
      add column capture_method text not null default 'automatic',
      add column capture_within integer,
      add column capture_before timestamptz,
      add column capture_requested_at timestamptz,
      add column capture_requested bigint,
      add column amount_captured bigint,
      add column amount_refunded bigint not null default 0,
      add column cancellation_reason text,
      drop constraint orders_status_check,
      add constraint orders_status_check
        check (status in ('created', 'authorized', 'paid', 'failed', 'cancelled', 'refunded')),
      add constraint orders_capture_method_check check (capture_method in ('automatic', 'manual')),
      add constraint orders_capture_within_check check ((capture_method = 'manual') = (capture_within is not null)),
      add constraint orders_capture_requested_check
        check (capture_requested between 1 and amount and (capture_requested is null) = (capture_requested_at is null)),
      add constraint orders_one_wish_check
        check (capture_requested_at is null or cancel_requested_at is null or cancel_requested_at > capture_requested_at),
      add constraint orders_amount_captured_check check (amount_captured between 1 and amount),
      add constraint orders_amount_refunded_check check (amount_refunded between 0 and amount),
      add constraint orders_cancellation_reason_check check (cancellation_reason in ('requested', 'expired'))`.execute(
    db,
  );
  await sql`
    create index unfinished_captures on orders (capture_requested_at)
    where capture_requested_at is not null and status = 'authorized'`.execute(db);
  await sql`
    create index unfinished_releases on orders (cancel_requested_at)
    where cancel_requested_at is not null and status = 'authorized'`.execute(db);
}

async function createRefunds(db: Kysely<unknown>): Promise<void> {
  // The refund of a cancel has the id of its order, and is here once it is made.
  await sql`
    create table refunds (
      refund_id uuid primary key,
      order_id uuid not null references orders,
      amount bigint not null check (amount > 0),
      reason text,
      created_at timestamptz not null default clock_timestamp(),
      refunded_at timestamptz
    )`.execute(db);
  await sql`create index refunds_of_order on refunds (order_id, created_at)`.execute(db);
  await sql`create index unfinished_refunds on refunds (created_at) where refunded_at is null`.execute(db);
  // An order has many rows of this kind, and only older copies look for a row by its order.
  await sql`
    create or replace function serve_older_copies() returns trigger
    language plpgsql as $$
    begin
      if new.workflow_id is null then
        new.workflow_id := case new.kind when 'pay' then 'order-' else 'cancel-' end || new.order_id;
        new.payload := (select signed_payload(new.kind, orders) from orders where order_id = new.order_id);
      elsif new.kind <> 'refund' then
        new.order_id := (new.payload ->> 'orderId')::uuid;
      end if;
      return new;
    end $$`.execute(db);
}

/** What was captured of an order, and what may still be refunded. Before this migration an order was paid as a whole. */
async function createAmounts(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function captured_of(p_order orders) returns bigint
    language sql immutable as $$
      select coalesce(p_order.amount_captured,
        case when p_order.status in ('paid', 'refunded') then p_order.amount else 0 end)
    $$`.execute(db);
  await sql`
    create function refundable_of(p_order orders) returns bigint
    language sql stable as $$
      select case when p_order.status = 'paid' then captured_of(p_order) - (
        select coalesce(sum(amount), 0) from refunds where order_id = p_order.order_id
      ) else 0 end
    $$`.execute(db);
}

/** What each workflow is given: the order, and what orders signed for payments to carry out. */
async function createPayloads(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function sign_wish(p_kind text, p_order orders, variadic p_more text[]) returns text
    language sql stable as $$
      select sign_message(concat_ws(chr(10),
        p_kind, p_order.order_id, p_order.user_id, p_order.amount, p_order.currency, array_to_string(p_more, chr(10))))
    $$`.execute(db);
  await sql`
    create function authorize_payload(p_order orders) returns jsonb
    language sql stable as $$
      select payment_payload(p_order) || jsonb_build_object(
        'captureMethod', 'manual', 'captureWithin', p_order.capture_within,
        'signature', sign_wish('authorize', p_order, p_order.capture_within::text))
    $$`.execute(db);
  await sql`
    create function capture_wish(p_order orders) returns jsonb
    language sql stable as $$
      select jsonb_build_object(
        'amount', p_order.capture_requested::text,
        'requestedAt', to_char(p_order.capture_requested_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
        'signature', sign_wish('capture', p_order, p_order.capture_requested::text,
          (extract(epoch from p_order.capture_requested_at) * 1000)::bigint::text))
    $$`.execute(db);
  // Of an order that is not paid yet, payments may have taken all, which orders does not know. A hold has nothing to refund.
  await sql`
    create function cancel_wish(p_order orders) returns jsonb
    language sql stable as $$
      select jsonb_build_object('reason', reason, 'refund', refund,
        'signature', sign_wish('cancel', p_order, reason, refund))
      from (
        select coalesce(p_order.cancellation_reason, 'requested') as reason,
               (case when p_order.status = 'paid' then refundable_of(p_order)
                     when p_order.capture_method = 'manual' then 0
                     else p_order.amount end)::text as refund
      ) as wish
    $$`.execute(db);
  await sql`
    create function workflow_payload(p_kind text, p_order orders) returns jsonb
    language sql stable as $$
      select case p_kind
        when 'pay' then signed_payload('pay', p_order)
        when 'authorize' then authorize_payload(p_order)
        when 'capture' then authorize_payload(p_order) || jsonb_build_object('capture', capture_wish(p_order))
        when 'release' then authorize_payload(p_order) || jsonb_build_object('cancel', cancel_wish(p_order))
        when 'cancel' then signed_payload('cancel', p_order) || jsonb_build_object('cancel', cancel_wish(p_order))
      end
    $$`.execute(db);
  await sql`
    create function refund_payload(p_order orders, p_refund refunds) returns jsonb
    language sql stable as $$
      select payment_payload(p_order) || jsonb_build_object('refundId', p_refund.refund_id,
        'refund', p_refund.amount::text,
        'signature', sign_wish('refund', p_order, p_refund.refund_id::text, p_refund.amount::text))
    $$`.execute(db);
  await sql`
    create or replace function enqueue_order_workflow(p_kind text, p_order orders, p_traceparent text) returns void
    language sql as $$
      select enqueue_workflow(
        p_kind, case p_kind when 'cancel' then 'cancel-' else 'order-' end || p_order.order_id,
        workflow_payload(p_kind, p_order), p_traceparent, p_order.user_id::text)
    $$`.execute(db);
}

async function placeManualOrders(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function place_order(
      p_user_id uuid, p_amount bigint, p_currency text, p_description text, p_capture_within integer,
      p_traceparent text, p_key text, p_request_hash bytea, p_most_undecided integer,
      out reply jsonb, out replayed boolean
    )
    language plpgsql as $$
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
    end $$`.execute(db);
}

/**
 * Accepts the capture of a hold, of all of it unless an amount is given. It is the one wish of the order then: neither a
 * cancel nor the end of the hold is accepted after it.
 */
async function createRequestCapture(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function request_capture(
      p_order_id uuid, p_requested_by uuid, p_amount bigint, p_traceparent text, p_key text, p_request_hash bytea,
      out reply jsonb, out replayed boolean
    )
    language plpgsql as $$
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
    end $$`.execute(db);
}

/** As before, and for a hold: it is released by the workflow that waits for its end, while orders may not know it yet. */
async function cancelHolds(db: Kysely<unknown>): Promise<void> {
  await sql`
    create or replace function request_cancel(
      p_order_id uuid, p_user_id uuid, p_traceparent text, p_key text, p_request_hash bytea,
      out reply jsonb, out replayed boolean
    )
    language plpgsql as $$
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
    end $$`.execute(db);
}

/**
 * Accepts the refund of a part. With a key its id follows from order, client and key, so that a repeat after a restore is
 * the same refund to payments.
 */
async function createRequestRefund(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function new_refund_id(p_order_id uuid, p_requested_by uuid, p_key text) returns uuid
    language plpgsql as $$
    declare
      v_request text := sign_message(concat_ws(chr(10), 'request', p_order_id, p_requested_by, p_key));
    begin
      if p_key is null or v_request is null then
        return uuidv7();
      end if;
      -- Version 8 of RFC 9562: bits of our own.
      return overlay(overlay(left(v_request, 32) placing '8' from 13) placing '8' from 17);
    end $$`.execute(db);
  await sql`
    create function request_refund(
      p_order_id uuid, p_requested_by uuid, p_amount bigint, p_reason text, p_traceparent text, p_key text,
      p_request_hash bytea, out reply jsonb, out replayed boolean
    )
    language plpgsql as $$
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
    end $$`.execute(db);
}

/**
 * Accepts that a hold has ended, by this database's clock, unless a capture or a cancel came first. Orders may not have
 * heard of the hold yet, so its end is as payments signed it.
 * State: `expired`, with the wish that releases the hold, at each call again; `early`; or `asked`, when something else
 * became of the order or is to.
 */
async function createExpireOrder(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function is_signed(p_message text, p_signature text) returns boolean
    language sql stable as $$
      select exists (select from signing_keys where hmac_sha256(signing_keys, p_message) = p_signature)
    $$`.execute(db);
  await sql`
    create function expire_order(p_order_id uuid, p_capture_before timestamptz, p_signature text,
      out state text, out wish jsonb)
    language plpgsql security definer set search_path = public, pg_temp as $$
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
    end $$`.execute(db);
  await sql`revoke execute on function expire_order from public`.execute(db);
  await sql`grant execute on function expire_order to workflows`.execute(db);
}

async function extendViews(db: Kysely<unknown>): Promise<void> {
  // What brought an order from `authorized` on is no decision about it.
  await sql`
    create or replace view decided_orders as
    select order_events.order_id, orders.created_at as placed_at, order_events.created_at as decided_at
    from order_events join orders using (order_id)
    where order_events.detail ? 'eventId' and order_events.status <> 'refunded' and not order_events.detail ? 'from'`.execute(
    db,
  );
  await sql`
    create or replace view unfinished as
    select order_id, case capture_method when 'manual' then 'authorize' else 'pay' end as kind, created_at as since,
           'order-' || order_id as workflow_id,
           workflow_payload(case capture_method when 'manual' then 'authorize' else 'pay' end, orders) as payload
    from orders where status_rank = 0
    union all
    select order_id, 'capture', capture_requested_at, 'order-' || order_id, workflow_payload('capture', orders)
    from orders where capture_requested_at is not null and status = 'authorized'
    union all
    select order_id, 'release', cancel_requested_at, 'order-' || order_id, workflow_payload('release', orders)
    from orders where cancel_requested_at is not null and status = 'authorized'
    union all
    select order_id, kind, cancel_requested_at,
           case kind when 'cancel' then 'cancel-' else 'order-' end || order_id, workflow_payload(kind, orders)
    from (
      select orders, order_id, cancel_requested_at,
             case when capture_method = 'manual' and status = 'created' then 'release' else 'cancel' end as kind
      from orders where cancel_requested_at is not null and status in ('created', 'paid')
    ) as cancels
    union all
    select refunds.order_id, 'refund', refunds.created_at, 'refund-' || refund_id, refund_payload(orders, refunds)
    from refunds join orders using (order_id) where refunded_at is null`.execute(db);
  await sql`
    create or replace view orders_to_reconcile as
    select order_id, user_id, amount, currency, status, status_rank, failure_reason, cancel_requested_at, created_at,
           capture_method, capture_before, capture_requested_at, capture_requested, amount_captured, amount_refunded,
           cancellation_reason
    from orders`.execute(db);
  await sql`
    create view refunds_to_reconcile as
    select refund_id, order_id, amount, created_at, refunded_at from refunds`.execute(db);
  await sql`grant select on refunds_to_reconcile to workflows`.execute(db);
}
