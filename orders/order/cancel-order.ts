import type { OrderReply } from '#contracts/http/orders-api.ts';
import { problems } from '#contracts/http/problems.ts';
import type { OrderStatus } from '#contracts/values/order-status.ts';
import type { Kysely } from '#platform/postgres/database.ts';
import { refusalCode } from '#platform/postgres/database.ts';
import { idempotencyProblem } from '#platform/postgres/idempotency.ts';
import type { Idempotency, Replayable } from '#platform/postgres/idempotency.ts';
import type { OrdersTables } from '../schema.ts';
import { insertCancel } from './order.queries.ts';

export interface CancelOrder {
  readonly userId: string;
  readonly orderId: string;
  readonly traceparent: string;
  readonly idempotency: Idempotency | undefined;
}

/**
 * Commits that the order is to be cancelled, with its outbox row and event, then hints to the relay. A repeat while the
 * cancel is pending changes nothing and is accepted too.
 * @throws Problem 404 `order_not_found`, 409 `order_not_cancellable`, and those of its Idempotency-Key
 */
export async function cancelOrder(
  db: Kysely<OrdersTables>,
  command: CancelOrder,
  hint: () => void,
): Promise<Replayable<OrderReply>> {
  try {
    const accepted = await insertCancel(db, command, command.idempotency);
    hint();
    return accepted;
  } catch (error) {
    switch (refusalCode(error)) {
      case 'GZ005':
        throw problems.orderNotFound();
      case 'GZ006':
        throw problems.orderNotCancellable((error as Error).message as OrderStatus);
      default:
        throw idempotencyProblem(error) ?? error;
    }
  }
}
