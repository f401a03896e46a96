import { randomInt } from 'node:crypto';
import { PAYMENT_STATUS_TOPIC } from '#contracts/events/payment-events.ts';
import type { PaymentFact } from '#contracts/events/payment-events.ts';
import type { OrderReply } from '#contracts/http/orders-api.ts';
import type { Message } from '#platform/kafka/connect.ts';
import { toSignedEvent } from '#tools/testbed/signing.ts';
import { SIGNING_KEY } from './signing.ts';

type Outcome = Omit<
  PaymentFact,
  'orderId' | 'userId' | 'amount' | 'currency' | 'time' | 'traceparent' | 'signature'
>;

/** When payments did what the messages report. */
export const EVENT_TIME = '2026-03-01T12:00:00.000Z';

export const COMPLETED: Outcome = { type: 'payment.completed' };
export const DECLINED: Outcome = { type: 'payment.declined', reason: 'insufficient_funds' };
export const CANCELLED: Outcome = { type: 'payment.declined', reason: 'cancelled' };
export const REFUNDED: Outcome = { type: 'payment.refunded' };

/** The message by which payments reports what became of an order, as it lies in the topic. */
export function messageOf(
  { orderId, userId, amount, currency }: Pick<OrderReply, 'orderId' | 'userId' | 'amount' | 'currency'>,
  outcome: Outcome,
): Message {
  const fact = { orderId, userId, amount, currency, ...outcome, time: EVENT_TIME };
  return rawMessage(orderId, JSON.stringify(toSignedEvent(fact, SIGNING_KEY)));
}

/** A message of whatever bytes. */
export function rawMessage(key: string | null, value: string | null): Message {
  return {
    topic: PAYMENT_STATUS_TOPIC.name,
    partition: 0,
    offset: String(randomInt(1, 2 ** 40)),
    key,
    value: value === null ? null : Buffer.from(value),
    headers: { 'content-type': Buffer.from('application/cloudevents+json') },
  };
}
