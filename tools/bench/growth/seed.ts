import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import pg from 'pg';

/** How many orders are stored, and how many accounts have them besides the one that has a third of them. */
export interface Size {
  readonly orders: number;
  readonly accounts: number;
}

const BATCH = 50_000;
/** In ms: over so long they came, which is less than anything of them is kept. */
const PERIOD = 25 * 86_400_000;
const BALANCE = 1_000_000_000;

interface Progress {
  /** When the first one came, in ms since 1970. */
  readonly start: number;
  readonly done: number;
}

/**
 * Stores orders that are paid, as if they had come through the system: in orders each with its events, outbox row and
 * inbox row; in payments each with its decision and two postings, whose balances follow each other. Goes on where it was
 * ended.
 * @param file where it notes its progress
 * @param urlOf of a database, as superuser
 */
export async function seedOrders(
  size: Size,
  file: string,
  urlOf: (database: 'orders' | 'payments') => string,
): Promise<void> {
  let { start, done } = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as Progress)
    : { start: Date.now() - PERIOD, done: 0 };
  if (done >= size.orders) return;
  await using orders = await connect(urlOf('orders'));
  await using payments = await connect(urlOf('payments'));
  if (done === 0) await payments.query(accountsOf(size));
  const every = PERIOD / size.orders;
  while (done < size.orders) {
    const placed = placedFrom({
      from: done + 1,
      to: Math.min(done + BATCH, size.orders),
      start,
      every,
      size,
    });
    await Promise.all([orders.query(ordersOf(placed)), payments.query(decisionsOf(placed))]);
    done = Math.min(done + BATCH, size.orders);
    writeFileSync(file, JSON.stringify({ start, done }));
    console.error(`  ${done} of ${size.orders} stored`);
  }
  await Promise.all([orders.query('vacuum (freeze, analyze)'), payments.query('vacuum (freeze, analyze)')]);
}

/** In SQL: the number is an expression. The customer that has a third of all orders is 0. */
function customerOf(number: string): string {
  const hash = `md5('customer ' || (${number}))`;
  return `overlay(overlay(${hash} placing '4' from 13) placing '8' from 17)::uuid`;
}

export function customerId(number: number): string {
  const hash = createHash('md5').update(`customer ${number}`).digest('hex');
  return hash.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-4$3-8$4-$5');
}

async function connect(connectionString: string) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  // Neither foreign keys nor triggers: what is written is known to be right.
  await client.query('set session_replication_role = replica');
  await client.query('set synchronous_commit = off');
  return {
    query: async (text: string) => client.query(text),
    [Symbol.asyncDispose]: async () => client.end(),
  };
}

interface Range {
  readonly from: number;
  readonly to: number;
  readonly start: number;
  /** In ms. */
  readonly every: number;
  readonly size: Size;
}

/** The same in both databases: the n-th order, whose it is, and the how many-th of theirs. Ids are UUIDs v7. */
function placedFrom({ from, to, start, every, size }: Range): string {
  return `
    with numbered as (
      select n, ${start}::bigint + (n * ${every}::float8)::bigint as ms, md5(n::text) as random,
             n - n / 3 - 1 as other
      from generate_series(${from}, ${to}) as n
    ), placed as materialized (
      select n, to_timestamp(ms / 1000.0) as at,
             (lpad(to_hex(ms), 12, '0') || '7' || substr(random, 1, 3) || '8' || substr(random, 4, 15))::uuid as order_id,
             ${customerOf(`case when n % 3 = 0 then 0 else 1 + other % ${size.accounts} end`)} as user_id,
             case when n % 3 = 0 then n / 3 else other / ${size.accounts} + 1 end as nth
      from numbered
    )`;
}

function ordersOf(placed: string): string {
  return `${placed}, stored as (
      insert into orders (order_id, user_id, amount, currency, status, status_rank, created_at, updated_at)
      select order_id, user_id, 1, 'EUR', 'paid', 1, at, at from placed order by n on conflict do nothing
    ), events as (
      insert into order_events (order_id, user_id, status, position, created_at, detail)
      select order_id, user_id, status, 2 * n + step, at, detail
      from placed, (values ('created', 0, '{}'::jsonb), ('paid', 1, '{"eventId": ""}')) as step (status, step, detail)
      order by n, step on conflict do nothing
    ), rows as (
      insert into outbox (order_id, kind, workflow_id, payload, traceparent, created_at, due_at, dispatched_at,
                          started_eagerly, fairness_key)
      select order_id, 'pay', 'order-' || order_id,
             jsonb_build_object('orderId', order_id, 'userId', user_id, 'amount', '1', 'currency', 'EUR',
                                'signature', md5(n::text) || md5(n::text)),
             '00-' || md5(n::text) || '-b7ad6b7169203331-01', at, at, at, true, user_id::text
      from placed order by n on conflict do nothing
    )
    insert into inbox (event_id, topic_partition, topic_offset, received_at)
    select order_id || '/decision', n % 3, n / 3, at from placed order by n on conflict do nothing`;
}

function decisionsOf(placed: string): string {
  return `${placed}, decided as (
      insert into decisions (order_id, user_id, amount, currency, outcome, decided_at)
      select order_id, user_id, 1, 'EUR', 'completed', at from placed order by n on conflict do nothing
    )
    insert into postings (transfer_id, kind, account, user_id, order_id, amount, balance_after, created_at)
    select md5('transfer ' || n)::uuid, 'debit', side, user_id, order_id, amount,
           case when side = 'customer' then ${BALANCE} - nth end, at
    from placed, (values ('customer', -1), ('sales', 1)) as side (side, amount)
    order by n, side on conflict do nothing`;
}

/** Each with its top-up, and the balance that is left after all orders. */
function accountsOf({ orders, accounts }: Size): string {
  const others = orders - Math.floor(orders / 3);
  return `
    with opened as (
      select ${customerOf('number')} as user_id,
             case when number = 0 then ${Math.floor(orders / 3)}
                  else ${Math.floor(others / accounts)} + (number <= ${others % accounts})::integer end as placed
      from generate_series(0, ${accounts}) as number
    ), stored as (
      insert into accounts (user_id, currency, balance, version)
      select user_id, 'EUR', ${BALANCE} - placed, placed + 2 from opened
    )
    insert into postings (transfer_id, kind, account, user_id, amount, balance_after)
    select md5('top-up ' || user_id)::uuid, 'top_up', account, user_id, amount,
           case when account = 'customer' then amount end
    from opened, (values ('customer', ${BALANCE}), ('cash', -${BALANCE})) as side (account, amount)`;
}
