import { sql } from 'kysely';
import type { Kysely } from '#platform/postgres/database.ts';
import { findBreaches } from './check-result.ts';
import type { CheckResult } from './check-result.ts';

type Database = Kysely<unknown>;

/**
 * I6, from the order's events, which are written in the transaction that moves it: an order is authorized at most, then
 * reaches one end, or is refunded after it. An event that repeats a status is no transition.
 */
export async function checkTransitions(orders: Database): Promise<CheckResult> {
  return findBreaches(
    orders,
    { id: 'I6', things: 'orders' },
    {
      checked: sql`select count(*) from orders`,
      breaches: sql`
        with step as (
          select order_id, status, lag(status) over earlier as before, lead(status) over earlier is null as is_last
          from order_events window earlier as (partition by order_id order by event_id)
        )
        select format('order %s went from %s to %s', order_id, coalesce(before, 'nothing'), status) as message
        from step
        where status is distinct from before and not (
          (before is null and status = 'created')
          or (before = 'created' and status in ('authorized', 'paid', 'failed', 'cancelled', 'refunded'))
          or (before = 'authorized' and status in ('paid', 'cancelled', 'refunded'))
          or (before = 'paid' and status = 'refunded'))
        union all
        select format('order %s is %s, and its last event is %s', order_id, o.status, coalesce(step.status, 'nothing'))
        from orders o left join (select * from step where is_last) step using (order_id)
        where step.status is distinct from o.status`,
    },
  );
}

/**
 * I7 as far as the tables show it: nothing is undecided, nothing that was asked for is pending, and what an idempotency
 * record acknowledges exists. check-submissions.ts compares the tables with a load's own record.
 * @param grace for how long an order may be undecided, or a request unfinished, in ms
 */
export async function checkNothingPending(orders: Database, grace: number): Promise<CheckResult> {
  const latest = sql`now() - ${grace} * interval '1 millisecond'`;
  return findBreaches(
    orders,
    {
      id: 'I7',
      title: 'No acknowledged order, capture, cancel or refund is lost or stays unfinished',
      things: 'orders',
    },
    {
      checked: sql`select count(*) from orders where status_rank > 0 or created_at < ${latest}`,
      breaches: sql`
        select format('order %s is undecided since %s', order_id, created_at) as message
        from orders where status_rank = 0 and created_at < ${latest}
        union all
        select format('order %s waits for its cancel since %s', order_id, cancel_requested_at)
        from orders where status in ('authorized', 'paid') and cancel_requested_at < ${latest}
        union all
        select format('order %s waits for its capture since %s', order_id, capture_requested_at)
        from orders where status = 'authorized' and capture_requested_at < ${latest}
        union all
        select format('refund %s of order %s is not made since %s', refund_id, order_id, created_at)
        from refunds where refunded_at is null and created_at < ${latest}
        union all
        select format('order %s was acknowledged under the key %s, and is gone', reply ->> 'order_id', key)
        from idempotency_keys
        where scope like '% place order'
          and not exists (select from orders where order_id = (reply ->> 'order_id')::uuid)
        union all
        select format('the cancel of order %s was acknowledged under the key %s, and is gone', order_id, key)
        from idempotency_keys join orders on order_id = (reply ->> 'order_id')::uuid
        where scope like '% cancel order' and cancel_requested_at is null
        union all
        select format('the capture of order %s was acknowledged under the key %s, and is gone', order_id, key)
        from idempotency_keys join orders on order_id = (reply ->> 'order_id')::uuid
        where scope like '% capture order' and capture_requested_at is null
        union all
        select format('refund %s was acknowledged under the key %s, and is gone', reply ->> 'refund_id', key)
        from idempotency_keys
        where scope like '% refund order'
          and not exists (
            select from refunds
            where refund_id = (reply ->> 'refund_id')::uuid and order_id = (reply ->> 'order_id')::uuid
              and amount = (reply ->> 'amount')::bigint
          )`,
    },
  );
}

/** I9. */
export async function checkIdempotency(orders: Database): Promise<CheckResult> {
  return findBreaches(
    orders,
    { id: 'I9', things: 'keys' },
    {
      checked: sql`select count(*) from idempotency_keys where scope like '% place order'`,
      breaches: sql`
        select format('the key %s of %s has %s orders', key, scope, count(*)) as message
        from idempotency_keys group by scope, key having count(*) > 1
        union all
        select format('order %s is the answer to %s keys', reply ->> 'order_id', count(*))
        from idempotency_keys where scope like '% place order' group by reply ->> 'order_id' having count(*) > 1
        union all
        select format('refund %s is the answer to %s keys', reply ->> 'refund_id', count(*))
        from idempotency_keys where scope like '% refund order' group by reply ->> 'refund_id' having count(*) > 1
        union all
        select format('the key %s answers with another order than %s is', key, order_id)
        from idempotency_keys join orders on order_id = (reply ->> 'order_id')::uuid
        where scope like '% place order'
          and (user_id, amount) is distinct from ((reply ->> 'user_id')::uuid, (reply ->> 'amount')::bigint)`,
    },
  );
}

/**
 * I10.
 * @param grace for how long an outbox row may wait, in ms
 */
export async function checkOutbox(orders: Database, grace: number): Promise<CheckResult> {
  return findBreaches(
    orders,
    { id: 'I10', things: 'outbox rows' },
    {
      checked: sql`select count(*) from outbox`,
      breaches: sql`
        select format('the outbox row of workflow %s waits since %s, after %s attempts%s',
                      workflow_id, created_at, attempts, ': ' || last_error) as message
        from outbox where dispatched_at is null and created_at < now() - ${grace} * interval '1 millisecond'`,
    },
  );
}
