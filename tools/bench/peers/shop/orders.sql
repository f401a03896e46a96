-- What each peer stores of an order. Those with an outbox of their own use the second table.
create table orders (
  order_id uuid primary key,
  user_id uuid not null,
  idempotency_key text,
  amount bigint not null check (amount > 0),
  status text not null default 'created' check (status in ('created', 'paid', 'failed')),
  created_at timestamptz not null default clock_timestamp(),
  decided_at timestamptz,
  unique (user_id, idempotency_key)
);

create table outbox (
  order_id uuid primary key,
  created_at timestamptz not null default clock_timestamp(),
  dispatched_at timestamptz
);
create index outbox_pending on outbox (created_at) where dispatched_at is null;

-- The status of an order changes once.
create function apply_status(p_order_id uuid, p_status text) returns void
language sql as $$
  update orders set status = p_status, decided_at = clock_timestamp()
  where order_id = p_order_id and status = 'created'
$$;
