import type { Idempotency, Replayable } from '@gozon/postgres-idempotency';
import type { OrderReply } from '#contracts/http/orders-api.ts';
import { problems } from '#contracts/http/problems.ts';
import { refusalCode } from '#platform/postgres/database.ts';
import { Counter } from '#platform/process/metrics.ts';
import { TOO_MANY_UNDECIDED, toProblem } from '../errors.ts';
import type { Database } from '../schema.ts';
import { insertOrder } from './order.queries.ts';
import type { NewOrder } from './order.queries.ts';

const placedOrders = new Counter({
  name: 'orders_placed_total',
  help: 'Orders that were placed; a repeat of a request is none.',
});

export interface PlaceOrder extends NewOrder {
  readonly idempotency: Idempotency | undefined;
}

export interface PlaceOrderOptions {
  /** How many orders of one user may be undecided. Without a bound, those of one could be all that the relay does. */
  readonly mostUndecided: number;
  /** Called when the outbox has a new row. */
  readonly hint: () => void;
}

/**
 * Commits the order, its outbox row, its first event and the idempotency record in one round trip, then hints to the
 * relay. The hint comes after the commit: inside it, NOTIFY's global lock would divide the throughput by 4.5.
 * @throws Problem 409 `idempotency_key_in_flight`, 422 `idempotency_key_reused`, 429 `too_many_undecided_orders`
 */
export async function placeOrder(
  db: Database,
  command: PlaceOrder,
  { mostUndecided, hint }: PlaceOrderOptions,
): Promise<Replayable<OrderReply>> {
  const { idempotency } = command;
  try {
    const placed = await insertOrder(db, command, { idempotency, mostUndecided });
    hint();
    if (!placed.replayed) placedOrders.inc();
    return placed;
  } catch (error) {
    if (refusalCode(error) === TOO_MANY_UNDECIDED) throw problems.tooManyUndecidedOrders(mostUndecided);
    throw toProblem(error);
  }
}
