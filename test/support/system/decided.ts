import assert from 'node:assert/strict';
import { eventually } from '#tools/testbed/eventually.ts';
import type { System } from '#tools/testbed/system.ts';
import type { Placed } from './posting.ts';

/**
 * How soon after an outage every acknowledged order must be decided, in ms. One after the other, at worst: a client that
 * was on a silent link notices (the consumer 8 s, the Temporal connection 9 s, a query 1.5 s) and comes back (3 s); a
 * lease runs out (10 s) and is noticed (1 s); an eager task that was lost times out (5 s); an activity times out (5 s)
 * and is tried again (5 s); the consumer's dead predecessor leaves its group (6 s). 53 s, and a slow machine needs
 * longer.
 */
export const DECIDED_WITHIN = 90_000;

/**
 * Waits until every acknowledged order is decided, then looks at what was decided: each as it must be, and each debited
 * once or not at all. `checkInvariantsAfterwards` looks at everything else.
 * @returns how long that took, in ms, from `began`
 */
export async function untilRightlyDecided(
  system: System,
  placed: readonly Placed[],
  began = performance.now(),
): Promise<number> {
  const ids = placed.map(({ orderId }) => orderId);
  await eventually(
    'every acknowledged order to be decided',
    async () => {
      const { rows } = await system.ordersDb.query<{ order_id: string; status: string; attempts: number }>(
        `select order_id, attempts, dispatched_at is not null as dispatched from unnest($1::uuid[]) as id
         left join orders on order_id = id left join outbox using (order_id)
         where status is null or status = 'created'`,
        [ids],
      );
      assert.equal(
        rows.length,
        0,
        `${rows.length} of ${ids.length} are not, such as ${JSON.stringify(rows[0])}`,
      );
      return true;
    },
    { within: DECIDED_WITHIN },
  );
  const ms = performance.now() - began;
  await checkStatuses(system, placed);
  await checkDebits(system, placed);
  await eventually(
    'the outbox to drain',
    async () => {
      const { rows } = await system.ordersDb.query('select from outbox where dispatched_at is null');
      return rows.length === 0;
    },
    { within: DECIDED_WITHIN },
  );
  return ms;
}

async function checkStatuses({ ordersDb }: System, placed: readonly Placed[]): Promise<void> {
  const { rows } = await ordersDb.query<{ order_id: string; end: string }>(
    `select order_id, coalesce(failure_reason, status) as end from orders where order_id = any($1) order by order_id`,
    [placed.map(({ orderId }) => orderId)],
  );
  const wanted = placed.map(({ orderId, end }) => ({ order_id: orderId, end }));
  assert.deepEqual(
    rows,
    wanted.toSorted((a, b) => (a.order_id < b.order_id ? -1 : 1)),
  );
}

async function checkDebits({ paymentsDb }: System, placed: readonly Placed[]): Promise<void> {
  const { rows } = await paymentsDb.query<{ order_id: string; user_id: string; amount: string }>(
    `select order_id, user_id, -amount as amount from postings
     where kind = 'debit' and account = 'customer' and order_id = any($1) order by order_id`,
    [placed.map(({ orderId }) => orderId)],
  );
  const wanted = placed
    .filter(({ end }) => end === 'paid')
    .map(({ orderId, userId, amount }) => ({ order_id: orderId, user_id: userId, amount: String(amount) }));
  assert.deepEqual(
    rows,
    wanted.toSorted((a, b) => (a.order_id < b.order_id ? -1 : 1)),
  );
}
