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
