import type pg from 'pg';
import { placeOrders } from '../measure/send-orders.ts';
import { cpuTime, usageBetween } from '../measure/usage.ts';
import type { Figures, PartContext } from './parts.ts';

const AT_ONCE = 64;
/** That pass while something is so. */
const CHURN = 20_000;
/** Orders of one measurement. */
const ORDERS = 1_000;
/** How long a transaction is held open, in minutes, while so many orders a second come. */
const HELD = { minutes: 60, rate: 20, steps: 6 };

/** What others report of polled outboxes: what is dead in the table slows each claim. */
export const outboxParts = {
  'held transaction': measureHeldTransaction,
  'autovacuum off': measureAutovacuumOff,
  'storage settings': measureStorageSettings,
};

/** A transaction that is held open keeps what orders leave dead from being removed. */
async function measureHeldTransaction(context: PartContext): Promise<Figures> {
  const { peer, orders, customers, share } = context;
  const figures: Record<string, number> = { ...(await measureOrders(context, 'before')) };
  const minutes = (HELD.minutes / HELD.steps) * share;
  const inStep = Math.round(HELD.rate * minutes * 60);
  await orders.query('begin isolation level repeatable read');
  await orders.query('select count(*) from pg_class');
  for (let step = 1; step <= HELD.steps; step++) {
    const before = cpuTime(peer.servers);
    const { decided } = await placeOrders(customers, inStep, { rate: HELD.rate });
    const { postgres = Number.NaN } = usageBetween(before, cpuTime(peer.servers), inStep);
    const when = `held for ${Math.round(minutes * step)} minutes`;
    const { dead } = await readOutbox(orders);
    figures[`PostgreSQL's CPU ms an order, ${when}`] = postgres;
    figures[`placed to decided at ${HELD.rate}/s, p50 ms, ${when}`] = decided?.p50 ?? Number.NaN;
    figures[`placed to decided at ${HELD.rate}/s, p99 ms, ${when}`] = decided?.p99 ?? Number.NaN;
    figures[`dead rows in the outbox, ${when}`] = dead;
    console.error(`  ${when}: p50 ${decided?.p50.toFixed(0)} ms, ${dead} dead rows`);
  }
  Object.assign(figures, await measureOrders(context, 'while it is still held'));
  await orders.query('commit');
  return { ...figures, ...(await measureOrders(context, 'once it has ended')) };
}

async function measureAutovacuumOff(context: PartContext): Promise<Figures> {
  const { orders, customers, share } = context;
  const before = await measureOrders(context, 'before');
  await orders.query(`alter table outbox set (autovacuum_enabled = off)`);
  await orders.query(`alter table orders set (autovacuum_enabled = off)`);
  try {
    await placeOrders(customers, CHURN * share, { atOnce: AT_ONCE });
    return { ...before, ...(await measureOrders(context, `after ${CHURN * share} orders without`)) };
  } finally {
    await orders.query('alter table outbox reset (autovacuum_enabled)');
    await orders.query('alter table orders reset (autovacuum_enabled)');
  }
}

const SETTINGS = {
  default: '',
  'fillfactor 50': 'fillfactor = 50',
  'autovacuum at once, without pauses':
    'autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0',
};

async function measureStorageSettings(context: PartContext): Promise<Figures> {
  const { orders, customers, share } = context;
  const figures: Record<string, number> = {};
  for (const [name, settings] of Object.entries(SETTINGS)) {
    await orders.query('vacuum outbox');
    if (settings !== '') await orders.query(`alter table outbox set (${settings})`);
    try {
      const before = await readOutbox(orders);
      await placeOrders(customers, (CHURN / 4) * share, { atOnce: AT_ONCE });
      const measured = await measureOrders(context, name);
      const after = await readOutbox(orders);
      Object.assign(figures, measured, {
        [`updates within a page (HOT), ${name}`]:
          (after.hot - before.hot) / Math.max(1, after.updated - before.updated),
        [`outbox and its indexes grew by kB an order, ${name}`]:
          (after.bytes - before.bytes) / 1024 / ((CHURN / 4) * share + ORDERS * share),
      });
    } finally {
      const names = settings.split(',').map((one) => one.split('=')[0]?.trim());
      if (settings !== '') await orders.query(`alter table outbox reset (${names.join(', ')})`);
    }
  }
  return figures;
}

async function measureOrders(
  { peer, customers, orders, share }: PartContext,
  when: string,
): Promise<Figures> {
  const before = cpuTime(peer.servers);
  const { perSecond } = await placeOrders(customers, ORDERS * share, { atOnce: AT_ONCE });
  const { postgres = Number.NaN } = usageBetween(before, cpuTime(peer.servers), ORDERS * share);
  const { decided } = await placeOrders(customers, 200 * share, { rate: 20 });
  const { dead } = await readOutbox(orders);
  return {
    [`decided a second, ${when}`]: perSecond,
    [`PostgreSQL's CPU ms an order, ${when}`]: postgres,
    [`placed to decided at 20/s, p50 ms, ${when}`]: decided?.p50 ?? Number.NaN,
    [`dead rows in the outbox, ${when}`]: dead,
  };
}

async function readOutbox(orders: pg.Client) {
  // Inside a transaction, statistics are those of its beginning unless asked for again.
  await orders.query('select pg_stat_clear_snapshot()');
  const { rows } = await orders.query<{ hot: number; updated: number; dead: number; bytes: number }>(`
    select n_tup_hot_upd::float8 as hot, n_tup_upd::float8 as updated, n_dead_tup::float8 as dead,
           pg_total_relation_size('outbox')::float8 as bytes
    from pg_stat_user_tables where relname = 'outbox'`);
  return rows[0] ?? { hot: 0, updated: 0, dead: 0, bytes: 0 };
}
