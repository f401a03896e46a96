import type { Decision } from '#contracts/values/decision.ts';
import { formatMoney } from '#contracts/values/format-money.ts';
import type { OrderToPay } from './activities.ts';
import { quicklyThenSurely } from './run-step.ts';

/** Pays one order: a decision, then its report. A decline is a decision like any other; a timeout means unknown. */
export async function payOrder(order: OrderToPay): Promise<Decision> {
  const money = formatMoney(BigInt(order.amount), order.currency);
  const decision = await quicklyThenSurely(`Debit ${money}`, async (activities) => activities.debit(order));
  const verdict = decision.reason ? `declined: ${decision.reason}` : decision.outcome;
  await quicklyThenSurely(`Report ${verdict}`, async (activities) =>
    activities.report({ decision, traceparent: order.traceparent }),
  );
  return decision;
}
