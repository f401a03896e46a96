-- The outbox as the relay needs it, for a service of your own. In the orders database migrations make it.

create table outbox (
  outbox_id bigint generated always as identity primary key,
  -- What is asked for: the registry says what the relay does with a row of this kind.
  kind text not null,
  workflow_id text,
  -- What the workflow gets. JSON numbers above 2^53 lose digits on the way: write money as a decimal string.
  payload jsonb,
  -- W3C trace context of the request that asked.
  traceparent text not null,
  tracestate text,
  -- When a relay may claim the row. It is the lease too: a claim moves it on, and a lost claim falls due again.
  due_at timestamptz not null default now(),
  attempts integer not null default 0,
  last_error text,
  run_id text,
  started_eagerly boolean,
  dispatched_at timestamptz,
  -- Whose row it is: keys take turns. Null for a row that takes none.
  fairness_key text,
  -- In which turn a relay claims the row; null once it has been claimed.
  turn bigint,
  -- How often the row was sent again after it had been dispatched.
  sweeps integer not null default 0,
  created_at timestamptz not null default now()
);
create index outbox_turns on outbox (turn, due_at) where dispatched_at is null;
create index outbox_turns_of_key on outbox (fairness_key, turn) where dispatched_at is null and turn is not null;
create unique index one_row_a_workflow on outbox (workflow_id, kind);

-- The turn that is next. A sequence, since it is read and set by everybody, without waiting and without row versions.
create sequence outbox_turn owned by outbox.turn;

-- Asks for a workflow in the caller's own transaction. Asking again for the same kind and id changes nothing.
-- After its traceparent a trace may have a space and a tracestate.
-- A key's row gets the turn that is next, or the one after the key's last row that waits. That row is found in a range of
-- outbox_turns_of_key, whose order no other index has: only what was enqueued since the last claim is in it, whatever else
-- waits or is not cleaned up yet.
create function enqueue_workflow(
  p_kind text, p_workflow_id text, p_payload jsonb, p_traceparent text, p_fairness_key text default null
) returns void
language sql as $$
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
$$;
