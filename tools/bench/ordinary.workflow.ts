import { proxyActivities } from '@temporalio/workflow';
import type { DecisionPayload } from '#contracts/values/decision.ts';
import type { OrderToPay, PaymentActivities } from '#workflows/payment/activities.ts';

const { debit, report } = proxyActivities<PaymentActivities>({ startToCloseTimeout: '5 seconds' });

/** The payment as one would write it first: two ordinary activities, each a trip to the server and back. */
export async function payOrdinarily(order: OrderToPay): Promise<DecisionPayload> {
  const decision = await debit(order);
  await report({ decision, traceparent: order.traceparent });
  return decision;
}
