import { inBackground, pause } from '@gozon/timing';
import { sql } from 'kysely';
import type { OrderStatus } from '#contracts/values/order-status.ts';
import type { Kysely } from '#platform/postgres/database.ts';
import { isOutage } from '#platform/process/classify-error.ts';
import type { SeenOrder, WatchOrder } from '#tools/load/generate/request-about.ts';

/** In ms. An order that has not come so far by then is left to itself. */
const WATCHED_FOR = 45_000;
const LOOK_EVERY = 100;

interface Waiting {
  readonly orderId: string;
  readonly statuses: readonly OrderStatus[];
  readonly until: number;
  readonly tell: (order: SeenOrder | undefined) => void;
}

/**
 * Looks at all orders that somebody waits for in one statement, past the gateway: a hundred clients that ask it again and
 * again would be a load of their own, and meet its limit of requests.
 */
export function watchOrders(orders: Kysely<unknown>): AsyncDisposable & { readonly watch: WatchOrder } {
  let waiting: Waiting[] = [];
  const looking = inBackground(async (signal) => {
    while (!signal.aborted) {
      const seen = await look(orders, waiting);
      for (const one of waiting) {
        const order = seen.get(one.orderId);
        const isThere = order !== undefined && one.statuses.includes(order.status);
        if (isThere) one.tell(order);
        else if (performance.now() > one.until) one.tell(undefined);
      }
      await pause(LOOK_EVERY, signal);
    }
    for (const { tell } of waiting) tell(undefined);
  });
  return {
    async watch(orderId, statuses) {
      const { promise, resolve } = Promise.withResolvers<SeenOrder | undefined>();
      const one = { orderId, statuses, until: performance.now() + WATCHED_FOR, tell: resolve };
      waiting.push(one);
      return promise.finally(() => (waiting = waiting.filter((other) => other !== one)));
    },
    [Symbol.asyncDispose]: async () => looking[Symbol.asyncDispose](),
  };
}

async function look(
  orders: Kysely<unknown>,
  waiting: readonly Waiting[],
): Promise<ReadonlyMap<string, SeenOrder>> {
  if (waiting.length === 0) return new Map();
  try {
    const { rows } = await sql<SeenOrder & { orderId: string }>`
      select order_id, status, capture_before from orders
      where order_id = any(${waiting.map(({ orderId }) => orderId)}::uuid[])`.execute(orders);
    return new Map(rows.map(({ orderId, ...order }) => [orderId, order]));
  } catch (error) {
    if (!isOutage(error)) throw error;
    return new Map();
  }
}
