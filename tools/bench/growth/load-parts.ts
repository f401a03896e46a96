import { placeOrders } from '../measure/send-orders.ts';
import type { Decided } from '../measure/send-orders.ts';
import { cpuTime, memory, usageBetween } from '../measure/usage.ts';
import { total } from '../report/medians.ts';
import type { Figures, PartContext } from './parts.ts';
import { customerId } from './seed.ts';

const AT_ONCE = 64;
const ORDERS = 2_000;

/** What many orders do. */
export const loadParts = {
  accounts: measureAccounts,
  backlog: measureBacklog,
  burst: measureBurst,
  memory: measureMemory,
};

/** Orders of one customer, of a hundred, and of as many as there are orders, of all accounts. */
async function measureAccounts({ customers, accounts, share }: PartContext): Promise<Figures> {
  const orders = ORDERS * share;
  const every = Math.floor(accounts / orders);
  const whose = {
    'one account': customers.userIds.slice(0, 1),
    '100 accounts': customers.userIds,
    [`accounts of ${accounts}, each once`]: Array.from({ length: orders }, (_, nth) =>
      customerId(1 + nth * every),
    ),
  };
  const figures: Record<string, number> = {};
  for (const [name, userIds] of Object.entries(whose)) {
    const { perSecond } = await placeOrders({ ...customers, userIds }, orders, { atOnce: AT_ONCE });
    figures[`decided a second, ${name}`] = perSecond;
  }
  return figures;
}

/** How 50,000 orders drain that come as fast as they are taken. */
async function measureBacklog({ customers, share }: PartContext): Promise<Figures> {
  const orders = 50_000 * share;
  const placed = await placeOrders(customers, orders, { atOnce: AT_ONCE });
  const taken = (placed.answeredAt - placed.sentAt) / 1000;
  return {
    orders,
    'taken a second, while some are decided': orders / taken,
    'decided a second, of the first tenth once all are taken': drained(placed, 0, 0.1),
    'decided a second, of the last tenth': drained(placed, 0.9, 1),
    'decided a second, of all once all are taken': drained(placed, 0, 1),
  };
}

/** A minute of 300 orders/s, and how they drain beside what is sustained without a backlog. */
async function measureBurst({ customers, share }: PartContext): Promise<Figures> {
  const { perSecond } = await placeOrders(customers, ORDERS * share, { atOnce: AT_ONCE });
  const placed = await placeOrders(customers, 300 * 60 * share, { rate: 300 });
  const { p50, p99 } = placed.post ?? { p50: Number.NaN, p99: Number.NaN };
  return {
    'POST p50 ms': p50,
    'POST p99 ms': p99,
    'POST p99 to p50': p99 / p50,
    refused: Object.values(placed.refused).reduce((sum, count) => sum + count, 0),
    'waiting at the end': placed.decidedAt.filter((at) => at > placed.answeredAt).length,
    'sustained before, decided a second': perSecond,
    'drained a second': drained(placed, 0, 1),
    'drained a second, to sustained': drained(placed, 0, 1) / perSecond,
  };
}

/** Memory while 100,000 orders pass, and what each ten thousand take. */
async function measureMemory({ peer, customers, share }: PartContext): Promise<Figures> {
  const orders = 10_000 * share;
  const figures: Record<string, number> = {};
  const samples: number[] = [];
  for (let step = 1; step <= 10; step++) {
    const before = cpuTime(peer.processes);
    await placeOrders(customers, orders, { atOnce: AT_ONCE });
    const cpu = usageBetween(before, cpuTime(peer.processes), orders);
    samples.push(total(memory(peer.processes)));
    figures[`services' memory MB after ${orders * step}`] = samples.at(-1) ?? Number.NaN;
    figures[`services' CPU ms an order, of those up to ${orders * step}`] = total(cpu);
    console.error(`  ${orders * step} orders: ${samples.at(-1)?.toFixed(0)} MB`);
  }
  figures[`memory, to that after ${orders === 10_000 ? '10,000' : orders}`] =
    (samples.at(-1) ?? Number.NaN) / (samples[0] ?? Number.NaN);
  return figures;
}

/** Decided a second, from one share to another of those that were decided when no more came. */
function drained({ decidedAt, answeredAt }: Decided, from: number, to: number): number {
  const waiting = decidedAt.filter((at) => at > answeredAt);
  const part = waiting.slice(Math.floor(waiting.length * from), Math.floor(waiting.length * to));
  const [first = Number.NaN] = part;
  return ((part.length - 1) / ((part.at(-1) ?? Number.NaN) - first)) * 1000;
}
