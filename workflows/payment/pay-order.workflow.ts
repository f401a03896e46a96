import type { DecisionPayload, FactPayload } from '#contracts/values/decision.ts';
import { formatMoney } from '#contracts/values/money/format-money.ts';
import { traceOf } from '#contracts/values/trace-context.ts';
import type { OrderToHold, OrderToPay } from './activities.ts';
import { requireOrder } from './check-input.ts';
import { holdPayment } from './hold-payment.ts';
import { runStep } from './run-step.ts';

/**
 * Pays one order: a decision, then its report. A decline is a decision like any other; a timeout means unknown. An order
 * that is captured manually has a hold first, and its workflow stays open until that is captured, released or has ended.
 */
export async function payOrder(order: OrderToPay | OrderToHold): Promise<DecisionPayload | FactPayload> {
  requireOrder(order);
  if ('captureMethod' in order) return holdPayment(order);
  const money = formatMoney(BigInt(order.amount), order.currency);
  const decision = await runStep(`Debit ${money}`, async (activities) => activities.debit(order));
  const outcome = decision.reason ? `declined: ${decision.reason}` : decision.outcome;
  await runStep(`Report ${outcome}`, async (activities) =>
    activities.report({ decision, ...traceOf(order) }),
  );
  return decision;
}
