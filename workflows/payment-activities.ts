import type { Decision } from '#contracts/decision.ts';
import { parseMoney } from '#contracts/money.ts';
import { CLOUD_EVENT_CONTENT_TYPE, PAYMENT_STATUS_TOPIC, paymentEvent } from '#contracts/payment-events.ts';
import type { MessageProducer } from '#platform/kafka/producer.ts';
import type { DecisionToReport, OrderToPay, PaymentActivities } from './activities.ts';

export interface PaymentActivityDependencies {
  /** Payments' own debit, on payments' own tables. */
  readonly debit: (order: OrderToPay) => Promise<Decision>;
  readonly producer: MessageProducer;
  /** Called when an order's report has been acknowledged, whichever attempt it was. */
  readonly onReported: (orderId: string) => void;
}

/** The activities, with what they depend on. Only their types reach the workflow. */
export function createPaymentActivities(deps: PaymentActivityDependencies): PaymentActivities {
  return {
    debit: async (order) => deps.debit(order),
    async report({ decision, traceparent }: DecisionToReport) {
      const event = paymentEvent({
        ...decision,
        type: decision.outcome === 'completed' ? 'payment.completed' : 'payment.declined',
        amount: parseMoney(decision.amount),
        time: decision.decidedAt,
        traceparent,
      });
      await deps.producer.send(PAYMENT_STATUS_TOPIC.name, [
        {
          key: decision.orderId,
          value: JSON.stringify(event),
          headers: { 'content-type': CLOUD_EVENT_CONTENT_TYPE },
        },
      ]);
      deps.onReported(decision.orderId);
    },
  };
}
