import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Customer } from '#contracts/client/customer.ts';
import { openGozonClient } from '#tools/load/generate/gozon-client.ts';
import { distribution } from '#tools/load/generate/percentiles.ts';
import { serviceEnvironments } from '#tools/stack/components/service-environments.ts';
import { startService } from '#tools/stack/components/service.ts';
import { freePorts } from '#tools/stack/settings/ports.ts';
import { readSecrets } from '#tools/stack/settings/secrets.ts';
import type { Comparison } from '../compare.ts';
import type { Rig } from '../open-rig.ts';

/** Of the others, in a round of 4 s. */
const ORDERS = 80;
const EVERY = 50;
const CUSTOMERS = 10;
/** What the greedy user has from before. */
const ORDERS_OF_GREEDY = 100_000;
/** A little less than a user's rate limit, in ms between requests. */
const AS_OFTEN_AS_ALLOWED = 22;
const STREAMS = 15;

/** What one greedy user of each kind costs the others, from the request for an order to its decision. */
export async function compareGreedy(rig: Rig, stack: AsyncDisposableStack): Promise<Comparison[]> {
  const client = stack.use(openGozonClient({ baseUrl: await startServices(rig, stack) }));
  const others = await Promise.all(
    Array.from({ length: CUSTOMERS }, async () => client.as(await rig.openCustomer())),
  );
  const greedy = client.as(randomUUID());
  await insertOrders(rig, greedy.userId);
  const { orderId } = await greedy.placeOrder({ amount: 1n });

  const ofOthers = async (greed?: Greed) => {
    const done = new AbortController();
    const greeding = greed?.(greedy, done.signal);
    const latencies = await placeOrders(rig, others);
    done.abort();
    await greeding;
    await untilAllDecided(rig);
    return distribution(latencies) ?? { p50: Number.NaN, p99: Number.NaN };
  };
  const greeds: Record<string, Greed> = {
    'a rare status': repeatedly(async () => greedy.orders({ status: 'refunded' })),
    'many orders': repeatedly(async () => greedy.placeOrder({ amount: 1n })),
    timelines: repeatedly(async () => greedy.timeline(orderId)),
    replays,
  };
  return Object.entries(greeds).flatMap(([name, greed]) =>
    (['p50', 'p99'] as const).map((percentile) => ({
      name: `greedy: ${name}, ${percentile}`,
      question: `Orders of others, to their decision (${percentile}), beside a user who asks for ${name} as often as allowed`,
      unit: 'ms',
      a: { label: 'alone', round: async () => (await ofOthers())[percentile] },
      b: { label: 'beside them', round: async () => (await ofOthers(greed))[percentile] },
    })),
  );
}

type Greed = (greedy: Customer, signal: AbortSignal) => Promise<unknown>;

function repeatedly(request: () => Promise<unknown>): Greed {
  return async (_greedy, signal) => {
    const asked: Promise<unknown>[] = [];
    while (!signal.aborted) {
      // Refusals are what it gets for it.
      asked.push(request().catch(() => {}));
      await sleep(AS_OFTEN_AS_ALLOWED);
    }
    await Promise.all(asked);
  };
}

/** Streams from the first event on, each of which begins again when it has caught up. */
const replays: Greed = async (greedy, signal) => {
  const follow = async () => {
    while (!signal.aborted) {
      let events = 0;
      try {
        await using stream = await greedy.follow({ lastEventId: '0' });
        for await (const _event of stream) if (++events >= ORDERS_OF_GREEDY || signal.aborted) break;
      } catch {
        await sleep(AS_OFTEN_AS_ALLOWED);
      }
    }
  };
  await Promise.all(Array.from({ length: STREAMS }, follow));
};

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

/** The services on ports of their own. @returns where the gateway is */
async function startServices({ settings }: Rig, stack: AsyncDisposableStack): Promise<string> {
  const { GATEWAY_PORT, ORDERS_PORT, PAYMENTS_PORT, WORKFLOWS_PORT } = await freePorts();
  const ports = Object.entries({ GATEWAY_PORT, ORDERS_PORT, PAYMENTS_PORT, WORKFLOWS_PORT }).map(
    ([name, port]) => [name, Number(port)] as const,
  );
  const environments = serviceEnvironments(
    { ...settings, ports: { ...settings.ports, ...Object.fromEntries(ports) } },
    readSecrets(settings),
  );
  const start = async (name: keyof typeof environments) =>
    stack.use(await startService(settings, name, environments[name]));
  await Promise.all([start('payments'), start('orders'), start('workflows')]);
  return (await start('gateway')).url;
}
