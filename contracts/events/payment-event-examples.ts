import { EXAMPLE_IDS } from '../http/examples/example.ts';
import type { PaymentEventType } from '../values/order-status.ts';
import { paymentEvent } from './payment-events.ts';
import type { PaymentEvent, PaymentFact } from './payment-events.ts';

type Fact = Omit<
  PaymentFact,
  'type' | 'orderId' | 'userId' | 'amount' | 'currency' | 'traceparent' | 'tracestate' | 'signature'
>;

/** The facts of the documentation, about the order of the API's examples. They fit the replies that it shows. */
const FACTS: Readonly<Record<PaymentEventType, Fact>> = {
  'payment.completed': { time: '2026-11-22T21:04:36.908Z' },
  'payment.authorized': {
    captureBefore: '2026-11-29T21:04:36.908Z',
    time: '2026-11-22T21:04:36.908Z',
  },
  'payment.declined': { reason: 'insufficient_funds', time: '2026-11-22T21:04:36.908Z' },
  'payment.captured': { amountCaptured: 1_500n, time: '2026-11-23T08:15:02.689Z' },
  'payment.released': { reason: 'expired', time: '2026-11-29T21:04:36.945Z' },
  'payment.refunded': {
    refundId: '9f21c6d0-4b57-8e3a-8c1d-2e7f5a9b0c44',
    refundAmount: 500n,
    amountCaptured: 1_999n,
    amountRefunded: 500n,
    time: '2026-11-22T21:06:40.334Z',
  },
};

/** An event of each type, for the documentation. */
export function paymentEventExample(type: PaymentEventType, currency: string): PaymentEvent {
  return paymentEvent({
    ...EXAMPLE_IDS,
    ...FACTS[type],
    type,
    amount: 1_999n,
    currency,
    traceparent: '00-e5982146e280be3506b651399bdf38b7-c33038c2d8ac7d7e-01',
    tracestate: 'congo=t61rcWkgMzE',
    signature: '5f0c4d3b7a1e9268d4f7b02c6e8a91353c27f1d05ba84e69970d2f6c1b3e8a54',
  });
}
