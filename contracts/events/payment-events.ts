import { z } from 'zod';
import { uuid } from '../http/wire.ts';
import type { OrderPayment } from '../values/decision.ts';
import { DECLINE_REASONS, EVENT_RANKS } from '../values/order-status.ts';
import type { DeclineReason, PaymentEventType } from '../values/order-status.ts';

/**
 * At most one copy of orders per partition shares the work. The key is the order's id, so its events keep their order.
 */
export const PAYMENT_STATUS_TOPIC = { name: 'payment-status.v1', partitions: 6 } as const;

/** Messages of payment-status.v1 that can never be applied, kept indefinitely, each with its reason in a header. */
export const PAYMENT_STATUS_DEAD_LETTERS = {
  name: 'payment-status.v1.dlq',
  partitions: 1,
  retention: -1,
} as const;

/** The consumer group in which all copies of orders share the topic. */
export const PAYMENT_CONSUMER_GROUP = 'orders.payment-status';

/** The group that remembers which dead letters were given back to their topic. */
export const DEAD_LETTER_GROUP = 'workflows.dead-letters';

/** The content type of a structured-mode CloudEvent (CloudEvents 1.0, Kafka protocol binding, section 3.3). */
export const CLOUD_EVENT_CONTENT_TYPE = 'application/cloudevents+json; charset=UTF-8';

function cloudEvent<Type extends z.ZodLiteral<PaymentEventType>, Data extends z.ZodRawShape>(
  type: Type,
  data: Data,
) {
  return z.object({
    specversion: z.literal('1.0'),
    /** Deterministic, so that publishing again repeats the same event: see {@link paymentEvent}. */
    id: z.string().min(1).max(200),
    source: z.string().min(1),
    type,
    subject: uuid,
    time: z.iso.datetime({ offset: true }),
    datacontenttype: z.literal('application/json'),
    /** Payments' own, of {@link eventMessage}, as an extension attribute. Orders applies no event without it. */
    signature: z.string().optional(),
    /** The W3C trace of the request that placed the order (CloudEvents distributed tracing extension). */
    traceparent: z.string().optional(),
    data: z.object({
      orderId: uuid,
      userId: uuid,
      amount: z.int().min(1),
      currency: z.string(),
      rank: z.int(),
      ...data,
    }),
  });
}

/** One event of payment-status.v1: a CloudEvents 1.0 envelope with consistent fields. */
export const paymentEventSchema = z
  .discriminatedUnion('type', [
    cloudEvent(z.literal('payment.completed'), {}),
    cloudEvent(z.literal('payment.declined'), { reason: z.enum(DECLINE_REASONS) }),
    cloudEvent(z.literal('payment.refunded'), {}),
  ])
  .refine((event) => event.subject === event.data.orderId, {
    error: 'subject and data.orderId differ',
  })
  // Else an event could take the place of another one in the inbox.
  .refine((event) => event.id === eventId(event.type, event.data.orderId), {
    error: 'id is not the id of this event',
  })
  .refine((event) => event.data.rank === EVENT_RANKS[event.type], {
    error: 'data.rank is not the rank of this type',
  });

export type PaymentEvent = z.infer<typeof paymentEventSchema>;

/** Payments' decision about one order, from which its event is made. */
export interface PaymentFact extends OrderPayment {
  readonly type: PaymentEventType;
  readonly reason?: DeclineReason | undefined;
  /** RFC 3339, from the decision's row, so that a repeat has the same time. */
  readonly time: string;
  readonly traceparent?: string | undefined;
  readonly signature?: string | undefined;
}

/** The event of a fact. The same fact always gives the same bytes and id, so consumers can recognise a repeat. */
export function paymentEvent(fact: PaymentFact): PaymentEvent {
  const rank = EVENT_RANKS[fact.type];
  return paymentEventSchema.parse({
    specversion: '1.0',
    id: eventId(fact.type, fact.orderId),
    source: '/gozon/payments',
    type: fact.type,
    subject: fact.orderId,
    time: fact.time,
    datacontenttype: 'application/json',
    signature: fact.signature,
    traceparent: fact.traceparent,
    data: {
      orderId: fact.orderId,
      userId: fact.userId,
      amount: Number(fact.amount),
      currency: fact.currency,
      rank,
      reason: fact.reason,
    },
  });
}

/** An order has one decision, and one refund at most. */
function eventId(type: PaymentEventType, orderId: string): string {
  return `${orderId}/${type === 'payment.refunded' ? 'refund' : 'decision'}`;
}
