import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Customer } from '@gozon/client';
import { execaNode } from 'execa';
import { sql } from 'kysely';
import { openGozonClient } from '#tools/load/generate/gozon-client.ts';
import { distribution } from '#tools/load/generate/percentiles.ts';
import type { Rig } from '../open-rig.ts';
import { startServices } from '../start-services.ts';
import type { Comparison } from './compare.ts';
import type { Greed, GreedyUser } from './greedy-user.ts';

/** Of the others, in a round of 8 s: enough for a 99th percentile. */
const ORDERS = 200;
const EVERY = 40;
const CUSTOMERS = 10;
/** What the greedy user has from before. */
const ORDERS_OF_GREEDY = 100_000;

/** What one greedy user of each kind costs the others, from the request for an order to its decision. */
export async function compareGreedy(rig: Rig, stack: AsyncDisposableStack): Promise<Comparison[]> {
  const { gateway } = await startServices(rig, stack);
  const baseUrl = gateway.url;
  const client = stack.use(openGozonClient({ baseUrl }));
  const others = await Promise.all(
    Array.from({ length: CUSTOMERS }, async () => client.as(await rig.openCustomer())),
  );
  const userId = randomUUID();
  await insertOrders(rig, userId);
  const { orderId } = await client.as(userId).placeOrder({ amount: 1n });
  const tellGreedy = await startGreedyUser({ baseUrl, userId, orderId }, stack);

  const ofOthers = async (greed: Greed) => {
    await tellGreedy(greed);
    const latencies = await placeOrders(rig, others);
    await tellGreedy('nothing');
    await untilAllDecided(rig);
    const { p50, p99 } = distribution(latencies) ?? { p50: Number.NaN, p99: Number.NaN };
    console.error(
      `  ${greed === 'nothing' ? 'alone' : greed}: p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms`,
    );
    return p99;
  };
  return (['a rare status', 'many orders', 'timelines', 'replays'] as const).map((greed) => ({
    name: `greedy: ${greed}, p99`,
    question: `Orders of others, to their decision (p99), beside a user who asks for ${greed} as often as allowed`,
    unit: 'ms',
    a: { label: 'alone', round: async () => ofOthers('nothing') },
    b: { label: 'beside them', round: async () => ofOthers(greed) },
  }));
}

/** @returns tells it what to ask for, and resolves when it does so */
async function startGreedyUser(
  user: GreedyUser,
  stack: AsyncDisposableStack,
): Promise<(greed: Greed) => Promise<void>> {
  const greedy = execaNode(fileURLToPath(new URL('./greedy-user.ts', import.meta.url)), {
    ipc: true,
    nodeOptions: ['--disable-warning=ExperimentalWarning'],
    stdio: 'inherit',
    reject: false,
  });
  stack.defer(async () => {
    greedy.kill('SIGKILL');
    await greedy;
  });
  await greedy.sendMessage({ ...user });
  return async (greed) => {
    await Promise.all([greedy.getOneMessage(), greedy.sendMessage(greed)]);
  };
}

/** @returns how long each took, in ms: its request by this clock, and then until its decision by PostgreSQL's */
async function placeOrders({ ordersDb }: Rig, others: readonly Customer[]): Promise<number[]> {
  const placing: Promise<{ orderId: string; took: number }>[] = [];
  for (let turn = 0; turn < ORDERS; turn++) {
    const customer = others[turn % others.length];
    if (customer) placing.push(timed(customer));
    await sleep(EVERY);
  }
  const placed = new Map((await Promise.all(placing)).map(({ orderId, took }) => [orderId, took]));
  for (;;) {
    const { rows } = await sql<{ orderId: string; milliseconds: number }>`
      select order_id, (extract(epoch from updated_at - created_at) * 1000)::float8 as milliseconds
      from orders where order_id = any(${[...placed.keys()]}::uuid[]) and status_rank > 0`.execute(ordersDb);
    if (rows.length === ORDERS) return rows.map((row) => (placed.get(row.orderId) ?? 0) + row.milliseconds);
    await sleep(20);
  }
}

/** So that no round begins with what another left. */
async function untilAllDecided({ ordersDb }: Rig): Promise<void> {
  for (;;) {
    const { rows } = await sql`select from orders where status_rank = 0 limit 1`.execute(ordersDb);
    if (rows.length === 0) return;
    await sleep(20);
  }
}

async function timed(customer: Customer): Promise<{ orderId: string; took: number }> {
  const began = performance.now();
  const { orderId } = await customer.placeOrder({ amount: 1n });
  return { orderId, took: performance.now() - began };
}

/** All paid, each with an event. */
async function insertOrders({ ordersDb }: Rig, userId: string): Promise<void> {
  const batch = 5_000;
  for (let from = 0; from < ORDERS_OF_GREEDY; from += batch) {
    await sql`
      with placed as (
        insert into orders (order_id, user_id, amount, currency, status, status_rank)
        select uuidv7(), ${userId}, 1, 'EUR', 'paid', 1 from generate_series(1, ${batch}::integer) returning order_id
      )
      insert into order_events (order_id, user_id, status) select order_id, ${userId}, 'paid' from placed`.execute(
      ordersDb,
    );
  }
  await sql`analyze orders, order_events`.execute(ordersDb);
}
