import type { CancellationPayload } from '#contracts/values/decision.ts';
import { formatMoney } from '#contracts/values/money/format-money.ts';
import type { OrderToPay } from './activities.ts';
import { runStep } from './run-step.ts';

/**
 * Cancels one order, whether it is paid, being paid or not yet: what payments makes of that, then its report. It runs
 * beside the payment of the order, not after it; payments' own tables say which of the two came first.
 */
export async function cancelOrder(order: OrderToPay): Promise<CancellationPayload> {
  const money = formatMoney(BigInt(order.amount), order.currency);
  const cancellation = await runStep(`Cancel ${money}`, async (activities) => activities.cancel(order));
  const { decision, refundedAt } = cancellation;
  const outcome = refundedAt === undefined ? `declined: ${decision.reason}` : 'refunded';
  await runStep(`Report ${outcome}`, async (activities) =>
    activities.report({ ...cancellation, traceparent: order.traceparent }),
  );
  return cancellation;
}
