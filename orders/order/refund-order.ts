import type { Idempotency, Replayable } from '@gozon/postgres-idempotency';
import type { RefundReply } from '#contracts/http/orders-api.ts';
import { problems } from '#contracts/http/problems.ts';
import { isDataFault, refusalCode } from '#platform/postgres/database.ts';
import { toProblem } from '../errors.ts';
import type { Database } from '../schema.ts';
import { getOrder } from './get-orders.ts';
import type { OrderReader } from './get-orders.ts';
import { findRefundOfKey, findRefunds, insertRefund } from './refund.queries.ts';
import type { NewRefund } from './refund.queries.ts';

export interface RefundOrder extends NewRefund {
  readonly idempotency: Idempotency | undefined;
}

/**
 * Commits the request to refund a part of the order, with its outbox row, then hints to the relay. A repeat is the same refund,
 * also when the reply to the first is no longer kept.
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
    const { idempotency } = command;
    const earlier = idempotency && isRefused(error) && (await findRefundOfKey(db, command, idempotency));
    if (!earlier) throw toProblem(error);
    if (earlier.amount !== command.amount) throw problems.idempotencyKeyReused();
    return { reply: earlier, replayed: true };
  }
}

/** So a refund that is there is refused: by its key in the table, or since too little is left of the order beside it. */
function isRefused(error: unknown): boolean {
  return isDataFault(error) || ['GZ012', 'GZ013'].includes(refusalCode(error) ?? '');
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
