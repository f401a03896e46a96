import { isCancellation, proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { Decision } from '#contracts/decision.ts';
import { formatMoney } from '#contracts/format-money.ts';
import type { OrderToPay, PaymentActivities } from './activities.ts';

/**
 * Pays one order: a decision, then its report. Each is first tried as a local activity, so that on a good day the whole
 * workflow is a single workflow task; if that fails it becomes an ordinary activity, which is retried for ever and shows
 * in the Web UI with its last failure. A timeout means unknown, never declined.
 */
export async function payOrder(order: OrderToPay): Promise<Decision> {
  const money = formatMoney(BigInt(order.amount), order.currency);
  const decision = await quicklyThenSurely(`Debit ${money}`, async (activities) => activities.debit(order));
  const verdict = decision.reason ? `declined: ${decision.reason}` : decision.outcome;
  await quicklyThenSurely(`Report ${verdict}`, async (activities) =>
    activities.report({ decision, traceparent: order.traceparent }),
  );
  return decision;
}

async function quicklyThenSurely<Result>(
  summary: string,
  attempt: (activities: PaymentActivities) => Promise<Result>,
): Promise<Result> {
  try {
    return await attempt(quick(summary));
  } catch (error) {
    if (isCancellation(error)) throw error;
    return await attempt(sure(summary));
  }
}

/**
 * A few attempts within one workflow task. startToClose is longer than all that the activity's own calls may take (2.5 s
 * for Postgres, 2.7 s for Kafka), and the whole is shorter than the workflow task timeout of 5 s.
 */
function quick(summary: string): PaymentActivities {
  return proxyLocalActivities<PaymentActivities>({
    startToCloseTimeout: '3 seconds',
    scheduleToCloseTimeout: '4 seconds',
    retry: { initialInterval: '50 milliseconds', backoffCoefficient: 4, maximumAttempts: 3 },
    summary,
  });
}

/** Until it succeeds. The longest wait between two attempts bounds how soon after an outage the order is decided. */
function sure(summary: string): PaymentActivities {
  return proxyActivities<PaymentActivities>({
    startToCloseTimeout: '5 seconds',
    retry: { initialInterval: '500 milliseconds', backoffCoefficient: 2, maximumInterval: '5 seconds' },
    summary,
  });
}
