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

-- The id of the order: a new one, or that of the customer's earlier request with the same key.
create function place_order(
  p_order_id uuid, p_user_id uuid, p_idempotency_key text, p_amount bigint, p_to_outbox boolean
) returns uuid
language plpgsql as $$
declare
  v_order_id uuid;
begin
  insert into orders (order_id, user_id, idempotency_key, amount)
  values (p_order_id, p_user_id, p_idempotency_key, p_amount)
  on conflict (user_id, idempotency_key) do nothing
  returning order_id into v_order_id;
  if not found then
    select order_id into v_order_id from orders
    where user_id = p_user_id and idempotency_key = p_idempotency_key;
  elsif p_to_outbox then
    insert into outbox (order_id) values (v_order_id);
  end if;
  return v_order_id;
end $$;

-- The status of an order changes once.
create function apply_status(p_order_id uuid, p_status text) returns void
language sql as $$
  update orders set status = p_status, decided_at = clock_timestamp()
  where order_id = p_order_id and status = 'created'
$$;
