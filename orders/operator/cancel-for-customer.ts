import type { OrderReply } from '#contracts/http/orders-api.ts';
import { problems } from '#contracts/http/problems.ts';
import { traceOf } from '#contracts/values/trace-context.ts';
import type { TraceContext } from '#contracts/values/trace-context.ts';
import { toProblem } from '../errors.ts';
import { findOrder, insertCancel } from '../order/order.queries.ts';
import type { Database } from '../schema.ts';
import { recordAction } from './actions.queries.ts';
import type { OperatorCommand } from './actions.queries.ts';

/**
 * Cancels an order as its customer could, so a paid one is refunded, and records who did it and why in the same transaction.
 * Then hints to the relay.
 * @throws Problem 404 `order_not_found`, 409 `order_not_cancellable`
 */
export async function cancelForCustomer(
  db: Database,
  command: OperatorCommand & TraceContext,
  hint: () => void,
): Promise<OrderReply> {
  const { orderId } = command;
  try {
    const reply = await db.transaction().execute(async (transaction) => {
      const order = await findOrder(transaction, orderId);
      if (!order) throw problems.orderNotFound();
      const cancel = { orderId, userId: order.userId, ...traceOf(command) };
      const accepted = await insertCancel(transaction, cancel, undefined);
      await recordAction(transaction, 'cancel', command);
      return accepted.reply;
    });
    hint();
    return reply;
  } catch (error) {
    throw toProblem(error);
  }
}
