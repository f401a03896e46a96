import type { Idempotency, Replayable } from '@gozon/postgres-idempotency';
import type { OrderReply } from '#contracts/http/orders-api.ts';
import { toProblem } from '../errors.ts';
import type { Database } from '../schema.ts';
import { insertCapture } from './order.queries.ts';
import type { NewCapture } from './order.queries.ts';

export interface CaptureOrder extends NewCapture {
  readonly idempotency: Idempotency | undefined;
}

/**
 * Commits the request to capture the order's hold, with its outbox row and event, then hints to the relay. From then on
 * neither a cancel nor the end of the hold can come first.
 * @throws Problem 404 `order_not_found`, 409 `order_not_capturable`, 422 `capture_exceeds_hold`, and those of its
 *   Idempotency-Key
 */
export async function captureOrder(
  db: Database,
  command: CaptureOrder,
  hint: () => void,
): Promise<Replayable<OrderReply>> {
  try {
    const accepted = await insertCapture(db, command, command.idempotency);
    hint();
    return accepted;
  } catch (error) {
    throw toProblem(error);
  }
}
