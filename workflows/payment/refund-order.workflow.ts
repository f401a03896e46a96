import type { FactPayload } from '#contracts/values/decision.ts';
import { formatMoney } from '#contracts/values/money/format-money.ts';
import { traceOf } from '#contracts/values/trace-context.ts';
import type { OrderToRefund } from './activities.ts';
import { requireOrder } from './check-input.ts';
import { describeFact } from './describe-fact.ts';
import { runStep } from './run-step.ts';

/** Refunds a part of what was taken for one order, then reports it. Each refund has a workflow of its own. */
export async function refundOrder(order: OrderToRefund): Promise<FactPayload> {
  requireOrder(order, ['amount', 'refund']);
  const money = formatMoney(BigInt(order.refund), order.currency);
  const fact = await runStep(`Refund ${money}`, async (activities) => activities.refund(order));
  await runStep(`Report ${describeFact(fact)}`, async (activities) =>
    activities.report({ fact, ...traceOf(order) }),
  );
  return fact;
}
