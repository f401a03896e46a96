import { proxyActivities } from '@temporalio/workflow';
import type { DecisionPayload } from '#contracts/values/decision.ts';
import type { OrderToPay, PaymentActivities } from '#workflows/payment/activities.ts';

const { debit, report } = proxyActivities<PaymentActivities>({ startToCloseTimeout: '5 seconds' });

/** The payment in its simplest form: two ordinary activities, each a round trip to the server. */
export async function payOrdinarily(order: OrderToPay): Promise<DecisionPayload> {
  const decision = await debit(order);
  await report({ decision, traceparent: order.traceparent });
  return decision;
}
