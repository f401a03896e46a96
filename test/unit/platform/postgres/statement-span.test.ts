import assert from 'node:assert/strict';
import { summarize } from '#platform/postgres/statement-span.ts';

describe('the span of a statement is named for', () => {
  const names: Record<string, string> = {
    'select * from place_order($1, $2)': 'place_order',
    'select (decision).*, signature, refunded_at\n    from cancel_payment($1, $2)': 'cancel_payment',
    'select state, wish from expire_order($1)': 'expire_order',
    "select pg_notify(channel, '') from unnest($1::text[]) as channel": 'pg_notify',
    'select position_order_events($1, $2) as count from order_events_event_id_seq': 'position_order_events',
    'select "order_id" from "orders" where "user_id" = $1': 'select orders',
    'select of_status.* from unnest($1::text[]) as wanted (status) cross join lateral (select * from orders)':
      'select orders',
    'select count(*)::int as due from (select from outbox limit 1)': 'select outbox',
    'update outbox set due_at = now()': 'update outbox',
    'delete from inbox where ctid = any($1)': 'delete inbox',
    'with due as (select from outbox for update skip locked) update outbox set turn = null': 'update outbox',
    'with free as (select from orders for no key update), fresh as (\n  insert into inbox (event_id) values ($1)\n  on conflict do update set event_id = 1)':
      'insert inbox',
    begin: 'begin',
    'set transaction isolation level repeatable read': 'set',
    '': 'statement',
  };
  for (const [text, name] of Object.entries(names)) {
    it(`${name}: ${text}`, () => assert.equal(summarize(text), name));
  }
});
