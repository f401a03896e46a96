-- A ledger of two postings a debit, and an inbox that makes a debit of an order happen once.
create table accounts (
  user_id uuid primary key,
  balance bigint not null check (balance >= 0)
);

create table postings (
  posting_id bigint generated always as identity primary key,
  order_id uuid not null,
  account text not null,
  amount bigint not null
);

create table inbox (
  order_id uuid primary key,
  outcome text not null
);

-- The outcome of the debit of an order: paid or failed, the same for each repeat.
create function debit_order(p_order_id uuid, p_user_id uuid, p_amount bigint) returns text
language plpgsql as $$
declare
  v_outcome text;
begin
  -- A repeat that runs at the same time waits here until the first has committed.
  perform from accounts where user_id = p_user_id for update;
  select outcome into v_outcome from inbox where order_id = p_order_id;
  if found then
    return v_outcome;
  end if;
  update accounts set balance = balance - p_amount where user_id = p_user_id and balance >= p_amount;
  v_outcome := case when found then 'paid' else 'failed' end;
  if v_outcome = 'paid' then
    insert into postings (order_id, account, amount)
    values (p_order_id, 'customer:' || p_user_id, -p_amount), (p_order_id, 'revenue', p_amount);
  end if;
  insert into inbox (order_id, outcome) values (p_order_id, v_outcome);
  return v_outcome;
end $$;

-- The outbox of payments, for peers that have one.
create table reports (
  order_id uuid primary key,
  outcome text not null,
  created_at timestamptz not null default clock_timestamp(),
  dispatched_at timestamptz
);
create index reports_pending on reports (created_at) where dispatched_at is null;

-- Debits orders and asks for their reports, in one transaction. Every transaction locks accounts in the same sequence.
create function debit_orders(p_order_ids uuid[], p_user_ids uuid[], p_amounts bigint[]) returns void
language sql as $$
  insert into reports (order_id, outcome)
  select order_id, debit_order(order_id, user_id, amount)
  from (
    select * from unnest(p_order_ids, p_user_ids, p_amounts) as orders (order_id, user_id, amount)
    order by user_id, order_id
  ) as sorted
  on conflict (order_id) do nothing
$$;
