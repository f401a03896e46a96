import { setTimeout as sleep } from 'node:timers/promises';
import { createWakeUp } from '@gozon/timing';
import type { WakeUp } from '@gozon/timing';
import { sql } from 'kysely';
import { placeOrder } from '#orders/order/place-order.ts';
import { consumePaymentEvents } from '#orders/payment-events/consume-payment-events.ts';
import { openProducer } from '#platform/kafka/producer.ts';
import { createHealth } from '#platform/process/health.ts';
import { namespace } from '#temporal-config/namespace.ts';
import { distribution } from '#tools/load/generate/percentiles.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import { runPayments } from '#workflows/run-payments.ts';
import { bundleWorkflows } from '#workflows/worker.ts';
import { log } from '../open-rig.ts';
import type { Rig } from '../open-rig.ts';
import type { Comparison } from './compare.ts';
import { openActivities } from './open-activities.ts';
import { rateOf } from './rate-of.ts';
import { TRACEPARENT } from './trace.ts';
import { payWithoutTemporal } from './without-temporal.ts';

const ONE_BY_ONE = 12;
const BURST = 100;

/** What Temporal costs: the same orders, debits, reports and consumer, with its relay and worker or with a loop. */
export async function compareTemporal(rig: Rig, stack: AsyncDisposableStack): Promise<Comparison[]> {
  const { ordersDb, outboxDb } = rig;
  const activities = openActivities(rig, stack);
  const workflowBundle = await bundleWorkflows(log);
  const userId = await rig.openCustomer();
  const consuming = Promise.withResolvers<void>();
  stack.use(
    consumePaymentEvents({
      db: ordersDb,
      kafka: rig.kafka,
      deadLetters: stack.use(openProducer(rig.kafka)),
      signingKeys: rig.signingKeys,
      onState: ({ ready }) => ready && consuming.resolve(),
      onProgress: () => {},
      hintChanged: () => {},
    }),
  );
  await consuming.promise;

  const loop = async (wakeUp: WakeUp) => payWithoutTemporal(outboxDb, activities, wakeUp);
  const temporal = async (wakeUp: WakeUp) => {
    const health = createHealth();
    const running = runPayments({
      ordersDb: outboxDb,
      activities,
      access: { address: rig.temporal, tls: false },
      namespace: namespace.name,
      workflowBundle,
      wakeUp,
      health,
      log,
    });
    await eventually('relay and worker to run', async () => (await health.report()).ready);
    return running;
  };

  async function withOrders<Result>(
    pay: typeof loop,
    use: (place: () => Promise<string>) => Promise<Result>,
  ): Promise<Result> {
    const wakeUp = createWakeUp();
    await using _running = await pay(wakeUp);
    const order = { userId, amount: 1n, currency: 'EUR', description: undefined, traceparent: TRACEPARENT };
    return await use(async () => {
      const { reply } = await placeOrder(
        ordersDb,
        { ...order, captureWithin: undefined, idempotency: undefined },
        { mostUndecided: 1_000, hint: wakeUp.set },
      );
      return reply.orderId;
    });
  }

  /** The median from placed to decided of orders that come alone, in ms, by PostgreSQL's clock. */
  const latency = async (pay: typeof loop) =>
    withOrders(pay, async (place) => {
      const samples: number[] = [];
      for (let turn = 0; turn < ONE_BY_ONE; turn++) {
        samples.push((await untilDecided(rig, [await place()])).milliseconds);
      }
      return distribution(samples)?.p50 ?? Number.NaN;
    });
  /** From the first placed to the last decided of many at once. */
  const rate = async (pay: typeof loop) =>
    withOrders(pay, async (place) => {
      const placed: string[] = [];
      await rateOf(BURST, 32, async () => placed.push(await place()));
      return (BURST / (await untilDecided(rig, placed)).milliseconds) * 1000;
    });

  const ways = [
    ['temporal-latency', 'ms', latency],
    ['temporal-rate', 'orders/s', rate],
  ] as const;
  return ways.map(([name, unit, round]) => ({
    name,
    question: `Outbox and inbox alone, or with Temporal: ${unit === 'ms' ? 'placed to decided, one at a time' : `${BURST} at once`}`,
    unit,
    a: { label: 'alone', round: async () => round(loop) },
    b: { label: 'Temporal', round: async () => round(temporal) },
  }));
}

async function untilDecided({ ordersDb }: Rig, orderIds: readonly string[]) {
  for (;;) {
    const { rows } = await sql<{ undecided: number; milliseconds: number }>`
      select count(*) filter (where status_rank = 0)::int as undecided,
             (extract(epoch from max(updated_at) - min(created_at)) * 1000)::float8 as milliseconds
      from orders where order_id = any(${orderIds}::uuid[])`.execute(ordersDb);
    const [row] = rows;
    if (row?.undecided === 0) return row;
    await sleep(5);
  }
}
