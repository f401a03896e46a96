-- The outbox as the relay needs it, for a service of your own. In the orders database migration 0007 makes it.

create table outbox (
  outbox_id bigint generated always as identity primary key,
  -- What is asked for: the registry says what the relay does with a row of this kind.
  kind text not null,
  workflow_id text,
  -- What the workflow gets. JSON numbers above 2^53 lose digits on the way: write money as a decimal string.
  payload jsonb,
  -- W3C trace context of the request that asked.
  traceparent text not null,
  -- When a relay may claim the row. It is the lease too: a claim moves it on, and a lost claim falls due again.
  due_at timestamptz not null default now(),
  attempts integer not null default 0,
  last_error text,
  run_id text,
  started_eagerly boolean,
  dispatched_at timestamptz,
  -- How often the row was sent again after it had been dispatched.
  sweeps integer not null default 0,
  created_at timestamptz not null default now()
);
create index outbox_due on outbox (due_at) where dispatched_at is null;
create unique index one_row_a_workflow on outbox (workflow_id, kind);

-- Asks for a workflow in the caller's own transaction. Asking again for the same kind and id changes nothing.
create function enqueue_workflow(p_kind text, p_workflow_id text, p_payload jsonb, p_traceparent text)
returns void
language sql as $$
  insert into outbox (kind, workflow_id, payload, traceparent)
    values (p_kind, p_workflow_id, p_payload, p_traceparent)
    on conflict do nothing
$$;
