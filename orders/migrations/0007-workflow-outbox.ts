import { sql } from 'kysely';
import type { Kysely } from 'kysely';

/**
 * The outbox knows no orders any more: a row asks for a workflow by kind, workflow id and payload. order_id stays for copies
 * of an older version, which claim and write rows by it; a later migration drops it with its trigger.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table outbox add column workflow_id text, add column payload jsonb`.execute(db);
  await sql`alter table outbox alter column order_id drop not null`.execute(db);
  await sql`alter table outbox drop constraint outbox_kind_check`.execute(db);
  await createPaymentPayload(db);
  await fillWorkflowAndPayload(db);
  await sql`create unique index one_row_a_workflow on outbox (workflow_id, kind)`.execute(db);
  await serveOlderCopies(db);
  await createEnqueueWorkflow(db);
  await enqueuePayments(db);
  await enqueueCancels(db);
  await tellUnfinishedWorkflows(db);
}

/** What the workflows of an order get: money as a decimal string, since a JSON number would round it. */
async function createPaymentPayload(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function payment_payload(p_order orders) returns jsonb
    language sql immutable as $$
      select jsonb_build_object(
        'orderId', p_order.order_id, 'userId', p_order.user_id,
        'amount', p_order.amount::text, 'currency', p_order.currency)
    $$`.execute(db);
}

async function fillWorkflowAndPayload(db: Kysely<unknown>): Promise<void> {
  await sql`
    update outbox
    set workflow_id = case kind when 'pay' then 'order-' else 'cancel-' end || outbox.order_id,
        payload = payment_payload(orders)
    from orders where orders.order_id = outbox.order_id`.execute(db);
}

async function serveOlderCopies(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function serve_older_copies() returns trigger
    language plpgsql as $$
    begin
      if new.workflow_id is null then
        new.workflow_id := case new.kind when 'pay' then 'order-' else 'cancel-' end || new.order_id;
        new.payload := (select payment_payload(orders) from orders where order_id = new.order_id);
      else
        new.order_id := (new.payload ->> 'orderId')::uuid;
      end if;
      return new;
    end $$`.execute(db);
  await sql`
    create trigger serve_older_copies before insert on outbox
    for each row execute function serve_older_copies()`.execute(db);
}

/** Asks for a workflow in the caller's own transaction. Asking again for the same kind and id changes nothing. */
async function createEnqueueWorkflow(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function enqueue_workflow(p_kind text, p_workflow_id text, p_payload jsonb, p_traceparent text)
    returns void
    language sql as $$
      insert into outbox (kind, workflow_id, payload, traceparent)
        values (p_kind, p_workflow_id, p_payload, p_traceparent)
        on conflict do nothing
    $$`.execute(db);
}

async function enqueuePayments(db: Kysely<unknown>): Promise<void> {
  await sql`
    create or replace function place_order(
      p_order_id uuid, p_user_id uuid, p_amount bigint, p_currency text, p_description text, p_traceparent text,
      p_key text, p_request_hash bytea, out reply jsonb, out replayed boolean
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
      insert into orders (order_id, user_id, amount, currency, description)
        values (p_order_id, p_user_id, p_amount, p_currency, p_description)
        returning * into v_order;
      perform enqueue_workflow('pay', 'order-' || p_order_id, payment_payload(v_order), p_traceparent);
      insert into order_events (order_id, user_id, status) values (p_order_id, p_user_id, v_order.status);
      reply := to_jsonb(v_order);
      perform idempotency_finish(v_scope, p_key, p_request_hash, reply);
    end $$`.execute(db);
}

async function enqueueCancels(db: Kysely<unknown>): Promise<void> {
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
      if v_order.status not in ('created', 'paid') then
        raise exception '%', v_order.status using errcode = 'GZ006';
      end if;
      if v_order.cancel_requested_at is null then
        v_now := greatest(clock_timestamp(), v_order.updated_at);
        update orders set cancel_requested_at = v_now, updated_at = v_now
          where order_id = p_order_id returning * into v_order;
        perform enqueue_workflow('cancel', 'cancel-' || p_order_id, payment_payload(v_order), p_traceparent);
        insert into order_events (order_id, user_id, status, created_at, detail)
          values (p_order_id, p_user_id, v_order.status, v_now, '{"cancelRequested": true}');
      end if;
      reply := to_jsonb(v_order);
      perform idempotency_finish(v_scope, p_key, p_request_hash, reply);
    end $$`.execute(db);
}

/** The sweep enqueues again what is unfinished, so it needs all that a row holds. */
async function tellUnfinishedWorkflows(db: Kysely<unknown>): Promise<void> {
  await sql`
    create or replace view unfinished as
    select order_id, 'pay' as kind, created_at as since,
           'order-' || order_id as workflow_id, payment_payload(orders) as payload
    from orders where status_rank = 0
    union all
    select order_id, 'cancel', cancel_requested_at, 'cancel-' || order_id, payment_payload(orders)
    from orders where cancel_requested_at is not null and status in ('created', 'paid')`.execute(db);
}
