import { setTimeout as sleep } from 'node:timers/promises';
import { openGozonClient } from '#tools/load/generate/gozon-client.ts';
import { latencyOf } from '../measure/latency.ts';
import type { Figures, PartContext } from './parts.ts';
import { customerId } from './seed.ts';

const TIMES = 200;
/** Between two timelines of a user, of whom orders takes 5 a second; in ms. */
const TIMELINE_EVERY = 220;

/** Pages and timelines of the customer with a third of all orders, and of one with few; one request after the other. */
export async function measureReads({ peer, accounts }: PartContext): Promise<Figures> {
  await using client = openGozonClient({ baseUrl: peer.baseUrl });
  const figures: Record<string, number> = {};
  for (const [who, number] of [
    ['most orders', 0],
    ['few orders', accounts],
  ] as const) {
    const customer = client.as(customerId(number));
    const { items, nextCursor } = await customer.orders({ limit: 20 });
    const orderId = items[0]?.orderId ?? '';
    const reads = {
      'first page of orders': async () => customer.orders({ limit: 20 }),
      'next page of orders': async () =>
        customer.orders({ limit: 20, ...(nextCursor !== null && { cursor: nextCursor }) }),
      'page of a status that none has': async () => customer.orders({ limit: 20, status: 'refunded' }),
      'page of the statement': async () => customer.statement({ limit: 20 }),
      timeline: async () => customer.timeline(orderId),
    };
    for (const [what, read] of Object.entries(reads)) {
      const samples: number[] = [];
      for (let time = 0; time < TIMES; time++) {
        const began = performance.now();
        await read();
        samples.push(performance.now() - began);
        if (what === 'timeline') await sleep(TIMELINE_EVERY);
      }
      const latency = latencyOf(samples);
      figures[`${what}, ${who}: p50 ms`] = latency?.p50 ?? Number.NaN;
      figures[`${what}, ${who}: p99 ms`] = latency?.p99 ?? Number.NaN;
    }
  }
  return figures;
}
