import type { Idempotency, Replayable } from '@gozon/postgres-idempotency';
import type { OrderReply } from '#contracts/http/orders-api.ts';
import { toProblem } from '../errors.ts';
import type { Database } from '../schema.ts';
import { insertCancel } from './order.queries.ts';
import type { NewCancel } from './order.queries.ts';

export interface CancelOrder extends NewCancel {
  readonly idempotency: Idempotency | undefined;
}

/**
 * Commits the request to cancel the order, with its outbox row and event, then hints to the relay. A repeat while the
 * cancel is pending changes nothing and is accepted too.
 * @throws Problem 404 `order_not_found`, 409 `order_not_cancellable`, and those of its Idempotency-Key
 */
export async function cancelOrder(
  db: Database,
  command: CancelOrder,
  hint: () => void,
): Promise<Replayable<OrderReply>> {
  try {
    const accepted = await insertCancel(db, command, command.idempotency);
    hint();
    return accepted;
  } catch (error) {
    throw toProblem(error);
  }
}
