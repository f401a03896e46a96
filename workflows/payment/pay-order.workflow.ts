import type { DecisionPayload } from '#contracts/values/decision.ts';
import { formatMoney } from '#contracts/values/money/format-money.ts';
import type { OrderToPay } from './activities.ts';
import { runStep } from './run-step.ts';

/** Pays one order: a decision, then its report. A decline is a decision like any other; a timeout means unknown. */
export async function payOrder(order: OrderToPay): Promise<DecisionPayload> {
  const money = formatMoney(BigInt(order.amount), order.currency);
  const decision = await runStep(`Debit ${money}`, async (activities) => activities.debit(order));
  const outcome = decision.reason ? `declined: ${decision.reason}` : decision.outcome;
  await runStep(`Report ${outcome}`, async (activities) =>
    activities.report({ decision, traceparent: order.traceparent }),
  );
  return decision;
}
