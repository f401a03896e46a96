import type { CancellationPayload, FactPayload } from '#contracts/values/decision.ts';
import { formatMoney } from '#contracts/values/money/format-money.ts';
import { traceOf } from '#contracts/values/trace-context.ts';
import type { OrderToCancel } from './activities.ts';
import { requireOrder } from './check-input.ts';
import { describeFact } from './describe-fact.ts';
import { runStep } from './run-step.ts';

/**
 * Cancels one order, whether it is paid, being paid or not yet: what payments makes of that, then its report. It runs
 * beside the payment of the order, not after it; payments' own tables say which of the two came first. A hold is released
 * by its own workflow instead, which waits for that.
 */
export async function cancelOrder(
  order: OrderToCancel,
): Promise<CancellationPayload | { readonly fact: FactPayload }> {
  requireOrder(order);
  const money = formatMoney(BigInt(order.amount), order.currency);
  const cancellation = await runStep(`Cancel ${money}`, async (activities) => activities.cancel(order));
  await runStep(`Report ${describe(cancellation)}`, async (activities) =>
    activities.report({ ...cancellation, ...traceOf(order) }),
  );
  return cancellation;
}

function describe(cancellation: CancellationPayload | { readonly fact: FactPayload }): string {
  if ('fact' in cancellation) return describeFact(cancellation.fact);
  const { decision, refundedAt } = cancellation;
  return refundedAt === undefined ? `declined: ${decision.reason}` : 'refunded';
}
