import { z } from 'zod';
import { uuid, withJsonSchema } from '../http/wire.ts';
import type { OrderPayment } from '../values/decision.ts';
import { CANCELLATION_REASONS, DECLINE_REASONS } from '../values/order-status.ts';
import type { CancellationReason, DeclineReason, PaymentEventType } from '../values/order-status.ts';

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

const instant = withJsonSchema(z.iso.datetime({ offset: true }), { type: 'string', format: 'date-time' });

function minorUnits(description: string) {
  return z.int().min(1).meta({ description });
}

function cloudEvent<Type extends z.ZodLiteral<PaymentEventType>, Data extends z.ZodRawShape>(
  type: Type,
  data: Data,
) {
  return z.object({
    specversion: z.literal('1.0'),
    id: z
      .string()
      .min(1)
      .max(200)
      .meta({ description: 'Of the fact: an event that is published again has the same id.' }),
    source: z.string().min(1),
    type,
    subject: uuid.meta({ description: 'The order.' }),
    time: instant.meta({ description: 'When payments did it.' }),
    datacontenttype: z.literal('application/json'),
    /** Of {@link eventMessage}, as an extension attribute. Orders applies no event without it. */
    signature: z.string().optional().meta({ description: "Payments' own, for orders." }),
    traceparent: z.string().optional().meta({
      description: 'The W3C trace of the request that led to it (CloudEvents distributed tracing extension).',
    }),
    tracestate: z.string().optional().meta({ description: 'What vendors say of that trace, if they do.' }),
    data: z.object({
      orderId: uuid,
      userId: uuid.meta({ description: 'The customer.' }),
      amount: minorUnits('Of the whole order, in minor units, as are all amounts.'),
      currency: z.string().meta({ description: 'ISO 4217.' }),
      rank: z.int().min(0).meta({
        description:
          'How far the payment is by this event. 0: its status does not change, as by a refund of a part.',
      }),
      ...data,
    }),
  });
}

/** Of a refund. Events from before there were refunds in parts have none: they are of the whole order. */
const refund = {
  refundId: uuid.optional().meta({ description: 'Of a cancel, it is the id of the order.' }),
  refundAmount: minorUnits('What this refund gives back.').optional(),
  amountCaptured: minorUnits('What was taken.').optional(),
  amountRefunded: minorUnits('What of it has been given back by then, this refund included.').optional(),
};

/** One event of payment-status.v1: a CloudEvents 1.0 envelope with consistent fields. */
export const paymentEventSchema = z
  .discriminatedUnion('type', [
    cloudEvent(z.literal('payment.completed'), {}),
    cloudEvent(z.literal('payment.authorized'), {
      captureBefore: instant.meta({ description: 'When the hold ends.' }),
    }),
    cloudEvent(z.literal('payment.declined'), { reason: z.enum(DECLINE_REASONS) }),
    cloudEvent(z.literal('payment.captured'), {
      amountCaptured: minorUnits('What was taken. The rest of the hold is back on the account.'),
    }),
    cloudEvent(z.literal('payment.released'), { reason: z.enum(CANCELLATION_REASONS) }),
    cloudEvent(z.literal('payment.refunded'), refund),
  ])
  .refine((event) => event.subject === event.data.orderId, {
    error: 'subject and data.orderId differ',
  })
  // Else an event could take the place of another one in the inbox.
  .refine((event) => event.id === eventId({ ...event.data, type: event.type }), {
    error: 'id is not the id of this event',
  })
  .refine((event) => event.data.rank === rankOf({ ...event.data, type: event.type }), {
    error: 'data.rank is not the rank of this event',
  });

export type PaymentEvent = z.infer<typeof paymentEventSchema>;

/** What payments did about one order, from which its event is made. Each type has its own of the optional fields. */
export interface PaymentFact extends OrderPayment {
  readonly type: PaymentEventType;
  readonly reason?: DeclineReason | CancellationReason | undefined;
  /** RFC 3339, as is `time`. */
  readonly captureBefore?: string | undefined;
  readonly amountCaptured?: bigint | undefined;
  readonly refundId?: string | undefined;
  readonly refundAmount?: bigint | undefined;
  readonly amountRefunded?: bigint | undefined;
  /** Of the row that records it, so that a repeat has the same time. */
  readonly time: string;
  readonly traceparent?: string | undefined;
  readonly tracestate?: string | undefined;
  readonly signature?: string | undefined;
}

/** The event of a fact. The same fact always gives the same bytes and id, so consumers can recognise a repeat. */
export function paymentEvent(fact: PaymentFact): PaymentEvent {
  return paymentEventSchema.parse({
    specversion: '1.0',
    id: eventId(fact),
    source: '/gozon/payments',
    type: fact.type,
    subject: fact.orderId,
    time: fact.time,
    datacontenttype: 'application/json',
    signature: fact.signature,
    traceparent: fact.traceparent,
    ...(fact.tracestate !== undefined && { tracestate: fact.tracestate }),
    data: {
      orderId: fact.orderId,
      userId: fact.userId,
      amount: Number(fact.amount),
      currency: fact.currency,
      rank: rankOf(fact),
      reason: fact.reason,
      captureBefore: fact.captureBefore,
      refundId: fact.refundId,
      refundAmount: toNumber(fact.refundAmount),
      amountCaptured: toNumber(fact.amountCaptured),
      amountRefunded: toNumber(fact.amountRefunded),
    },
  });
}

function toNumber(amount: bigint | undefined): number | undefined {
  return amount === undefined ? undefined : Number(amount);
}

type Ranked = Pick<PaymentFact, 'type' | 'refundId'> & {
  readonly amountCaptured?: bigint | number | undefined;
  readonly amountRefunded?: bigint | number | undefined;
};

/**
 * How far the payment is by this event. Who wants the status alone may apply an event only if its rank is higher than that
 * of the last, and leave out types that it does not know: workflows report independently of each other, so a refund may
 * arrive before the payment that it reverses. A refund in part does not change the status, and has no rank.
 */
export function rankOf({ type, refundId, amountCaptured, amountRefunded }: Ranked): number {
  if (type === 'payment.captured' || type === 'payment.released') return 2;
  if (type !== 'payment.refunded') return 1;
  if (refundId === undefined) return 2;
  return amountRefunded === amountCaptured ? 3 : 0;
}

/** An order has one decision, one end of its hold at most, and refunds; that of a cancel has the order's id. */
function eventId({ type, orderId, refundId = orderId }: Pick<PaymentFact, 'type' | 'orderId' | 'refundId'>) {
  if (type === 'payment.captured' || type === 'payment.released') return `${orderId}/hold`;
  if (type !== 'payment.refunded') return `${orderId}/decision`;
  return refundId === orderId ? `${orderId}/refund` : `${orderId}/refund/${refundId}`;
}
