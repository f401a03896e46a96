import type { RefundReply } from '#contracts/http/orders-api.ts';
import type { Idempotency, Replayable } from '#platform/postgres/idempotency.ts';
import { toProblem } from '../errors.ts';
import type { Database } from '../schema.ts';
import { getOrder } from './get-orders.ts';
import type { OrderReader } from './get-orders.ts';
import { findRefunds, insertRefund } from './refund.queries.ts';
import type { NewRefund } from './refund.queries.ts';

export interface RefundOrder extends NewRefund {
  readonly idempotency: Idempotency | undefined;
}

/**
 * Commits the request to refund a part of the order, with its outbox row, then hints to the relay.
 * @throws Problem 404 `order_not_found`, 409 `order_not_refundable`, 422 `refund_exceeds_captured`, and those of its
 *   Idempotency-Key
 */
export async function refundOrder(
  db: Database,
  command: RefundOrder,
  hint: () => void,
): Promise<Replayable<RefundReply>> {
  try {
    const accepted = await insertRefund(db, command, command.idempotency);
    hint();
    return accepted;
  } catch (error) {
    throw toProblem(error);
  }
}

/** All refunds of an order that the reader may see, oldest first. @throws Problem 404 `order_not_found` */
export async function listRefunds(
  db: Database,
  reader: OrderReader,
  orderId: string,
): Promise<RefundReply[]> {
  const { currency } = await getOrder(db, reader, orderId);
  return findRefunds(db, orderId, currency);
}
