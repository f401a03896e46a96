import { sql } from 'kysely';
import { OUTBOX_CHANNEL } from '#contracts/values/hint-channels.ts';
import { newId } from '#contracts/values/ids.ts';
import { placeOrder } from '#orders/order/place-order.ts';
import { createHints } from '#orders/stream/hints.ts';
import { log } from '../open-rig.ts';
import type { Rig } from '../open-rig.ts';
import type { Comparison } from './compare.ts';
import { rateOf } from './rate-of.ts';
import { TRACEPARENT } from './trace.ts';

const ORDERS = 600;
const AT_ONCE = 32;

/** Orders placed a second, when each tells the relay in its own transaction instead of after it. */
export async function compareNotify({ ordersDb }: Rig, stack: AsyncDisposableStack): Promise<Comparison[]> {
  stack.defer(async () => void (await sql`truncate orders cascade`.execute(ordersDb)));
  const { outboxWritten } = createHints(ordersDb, log);
  const order = () => ({
    userId: newId(),
    amount: 1n,
    currency: 'EUR',
    description: undefined,
    captureWithin: undefined,
    traceparent: TRACEPARENT,
    idempotency: undefined,
  });
  return [
    {
      name: 'notify',
      question: 'NOTIFY after the commit, coalesced, or inside the transaction',
      unit: 'orders/s',
      a: {
        label: 'after it',
        round: async () =>
          rateOf(ORDERS, AT_ONCE, async () =>
            placeOrder(ordersDb, order(), { mostUndecided: 1_000, hint: outboxWritten }),
          ),
      },
      b: {
        label: 'inside',
        round: async () =>
          rateOf(ORDERS, AT_ONCE, async () => {
            await sql`
              select reply, pg_notify(${OUTBOX_CHANNEL}, '')
              from place_order(${newId()}, ${newId()}, 1, 'EUR', null, ${TRACEPARENT}, null, null)`.execute(
              ordersDb,
            );
          }),
      },
    },
  ];
}
