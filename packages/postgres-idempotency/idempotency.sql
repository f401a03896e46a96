-- What a repeated request is recognised by, for a service of your own. In the databases of Gozon migrations make it.

create table idempotency_keys (
  -- Whose key it is, and for what: the same key of another user, or on another route, is another.
  scope text not null,
  key text not null,
  -- Of the request, by which a key that is used for another one is noticed.
  request_hash bytea not null,
  reply jsonb not null,
  created_at timestamptz not null default now(),
  primary key (scope, key)
);
create index idempotency_keys_by_age on idempotency_keys (created_at);

-- The reply to the first request with this key; null if this is the first, or has no key. The lock is that of the transaction,
-- so of two requests at the same time the second is told at once, and does not wait for a connection to become free.
-- Two keys may have the same hash: then one of them is told to come again.
create function idempotency_begin(p_scope text, p_key text, p_request_hash bytea) returns jsonb
language plpgsql as $$
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
  end $$;

-- Stores the reply, in the transaction of what it tells of.
create function idempotency_finish(p_scope text, p_key text, p_request_hash bytea, p_reply jsonb) returns void
language sql as $$
  insert into idempotency_keys (scope, key, request_hash, reply)
  select p_scope, p_key, p_request_hash, p_reply where p_key is not null
$$;
