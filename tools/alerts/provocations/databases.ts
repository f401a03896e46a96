import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { MANY_TRANSACTIONS } from '#platform/postgres/watch-oldest-snapshot.ts';
import { openCustomer } from '#tools/testbed/customers.ts';
import { payOrder } from './orders.ts';
import { keepDoing } from './provocation.ts';
import type { Provoke } from './provocation.ts';

/** Three times as many as the pool of payments has connections. */
const CLIENTS = 60;
/** In ms: they give up at different times, so that some wait at any time. */
const APART = 40;

/** Somebody has locked a table that each top-up with a key needs, and customers go on asking. */
export const lockTopUps: Provoke = async ({ system }, healing) => {
  const customers = await Promise.all(Array.from({ length: CLIENTS }, async () => openCustomer(system, 1n)));
  await holdTransaction(healing, system.paymentsDb, 'lock table idempotency_keys in access exclusive mode');
  for (const customer of customers) {
    keepDoing(healing, 0, async () => customer.topUp(1n, { idempotencyKey: randomUUID() }));
    await sleep(APART);
  }
};

/** Somebody has locked the inbox of orders, so no event can be applied. */
export const lockInbox: Provoke = async ({ system }, healing) =>
  holdTransaction(healing, system.ordersDb, 'lock table inbox in access exclusive mode');

/** A transaction stays open, as that of a forgotten session does, while many others pass. */
export const forgetTransaction: Provoke = async ({ system }, healing) => {
  const { paymentsDb } = system;
  await holdTransaction(healing, paymentsDb, 'select 1');
  await paymentsDb.query(
    `do $$ begin for i in 0..${MANY_TRANSACTIONS} loop perform pg_current_xact_id(); commit; end loop; end $$`,
  );
};

async function holdTransaction(
  healing: AsyncDisposableStack,
  pool: pg.Pool,
  statement: string,
): Promise<void> {
  const client = await pool.connect();
  healing.defer(async () => {
    await client.query('rollback');
    client.release();
  });
  await client.query(`begin isolation level repeatable read; ${statement}`);
}

/** A balance that no posting explains. */
export const changeBalance: Provoke = async ({ system }, healing) => {
  const { userId } = await openCustomer(system, 100n);
  const add = async (amount: number) =>
    system.paymentsDb.query('update accounts set balance = balance + $2 where user_id = $1', [
      userId,
      amount,
    ]);
  healing.defer(async () => void (await add(-1)));
  await add(1);
};

/** An order is called cancelled that payments says is paid. */
export const changeOrder: Provoke = async ({ system }, healing) => {
  const { orderId } = await payOrder(system);
  const set = async (status: string) =>
    system.ordersDb.query('update orders set status = $2 where order_id = $1', [orderId, status]);
  healing.defer(async () => void (await set('paid')));
  await set('cancelled');
};
