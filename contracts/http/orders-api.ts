import { z } from 'zod';
import { CANCELLATION_REASONS, CAPTURE_METHODS, ORDER_STATUSES } from '../values/order-status.ts';
import { ROUTES } from '../values/routes.ts';
import { TIMELINE_COMPONENTS, TIMELINE_KINDS } from '../values/timeline.ts';
import type { TimelineEntry } from '../values/timeline.ts';
import { defineRoute } from './route-contract.ts';
import {
  amount,
  currencyDigits,
  cursor,
  eventId,
  integer,
  limit,
  orderParams,
  page,
  time,
  uuid,
  withJsonSchema,
} from './wire.ts';

/** In Unicode code points, as JSON Schema counts, not in JavaScript's UTF-16 code units. */
const MAX_DESCRIPTION = 500;

/** Text that PostgreSQL can store: neither NUL nor half a surrogate pair. */
const description = withJsonSchema(
  z
    .string()
    .refine((text) => Array.from(text).length <= MAX_DESCRIPTION, {
      error: `must be at most ${MAX_DESCRIPTION} characters`,
    })
    .refine((text) => !text.includes('\0') && text.isWellFormed(), {
      error: 'must not contain NUL or broken Unicode',
    }),
  {
    type: 'string',
    maxLength: MAX_DESCRIPTION,
    pattern: String.raw`^[^\u0000]*$`,
    description: 'For you and your customer. Unicode text without NUL.',
  },
);

/** The settings of orders have the bounds. */
const captureWithin = withJsonSchema(
  z.int({ error: 'must be a whole number of seconds' }).min(1, { error: 'must be at least 1' }),
  {
    type: 'integer',
    minimum: 1,
    description:
      'With `captureMethod: manual`: for how many seconds the money is reserved, by default 7 days.',
  },
);

const captureMethod = z.enum(CAPTURE_METHODS, { error: `must be one of ${CAPTURE_METHODS.join(', ')}` });

export const status = z.enum(ORDER_STATUSES, { error: `must be one of ${ORDER_STATUSES.join(', ')}` });

export const orderReply = z
  .object({
    orderId: uuid,
    userId: uuid,
    amount: integer.meta({ description: 'In minor units.' }),
    currency: z.string(),
    currencyDigits,
    description: z.string().nullable(),
    status,
    statusCode: z
      .int()
      .meta({ description: '0 created, 1 paid, 2 failed, 3 cancelled, 4 refunded, 5 authorized.' }),
    captureMethod: captureMethod.meta({
      description: '`manual`: the money is reserved until a capture takes it.',
    }),
    captureBefore: time.nullable().meta({ description: 'When the hold ends. Null before it is authorized.' }),
    captureRequestedAt: time
      .nullable()
      .meta({ description: 'When its capture was accepted. It is pending while the order is authorized.' }),
    amountCapturable: integer.meta({
      description: 'What can be captured now; 0 once that or a cancel is requested.',
    }),
    amountCaptured: integer.meta({
      description: 'What the customer paid: the amount, or the part that was captured.',
    }),
    amountRefunded: integer.meta({ description: 'What of it is back on the account.' }),
    failureReason: z.string().nullable().meta({ description: 'Why it failed, such as insufficient_funds.' }),
    cancelRequestedAt: time.nullable().meta({
      description:
        'When its cancel was accepted. The cancel is pending while the order is created, authorized or paid, and finished when the order is cancelled, refunded or failed.',
    }),
    cancellationReason: z
      .enum(CANCELLATION_REASONS)
      .nullable()
      .meta({ description: 'Why it is cancelled: `expired` when its hold was not captured in time.' }),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'Order' });

/** An order as every route shows it. Money in minor units, times in RFC 3339 UTC. */
export type OrderReply = z.output<typeof orderReply>;

export const placeOrderRoute = defineRoute({
  ...ROUTES.placeOrder,
  tag: 'Orders',
  summary: 'Place an order',
  description:
    'The order is paid or declined a moment later. Read it again, or follow its events. With `captureMethod: manual` the ' +
    'money is reserved only, and the order `authorized`, until a capture takes it or it is cancelled.',
  body: z.strictObject({
    userId: uuid.optional(),
    amount,
    description: description.optional(),
    captureMethod: captureMethod.optional().meta({ default: 'automatic' }),
    captureWithin: captureWithin.optional(),
  }),
  reply: {
    status: 201,
    description: 'The order, `created`.',
    schema: orderReply,
    headers: { Location: 'The path of the order.' },
  },
  problems: ['too_many_undecided_orders'],
});

export const listOrdersRoute = defineRoute({
  ...ROUTES.listOrders,
  tag: 'Orders',
  summary: 'Your orders, newest first',
  query: z.strictObject({ status: status.optional(), limit, cursor: cursor.optional() }),
  reply: { status: 200, description: 'A page of orders.', schema: page(orderReply) },
  problems: [],
});

export const getOrderRoute = defineRoute({
  ...ROUTES.getOrder,
  tag: 'Orders',
  summary: 'An order',
  description: 'One of your own; as a merchant or an operator, that of any customer.',
  params: orderParams,
  reply: {
    status: 200,
    description: 'The order.',
    schema: orderReply,
    headers: { ETag: 'Changes with the order, for If-None-Match.' },
  },
  problems: ['order_not_found'],
});

/** OpenAPI 3.1 has no word for one item of a stream: validators take the schema of an event stream for that of one event. */
const orderEvent = z
  .object({
    event: z.literal('order'),
    id: eventId.meta({ description: 'The Last-Event-ID to resume with.' }),
    data: withJsonSchema(z.string(), {
      type: 'string',
      description: 'The order after the change.',
      contentMediaType: 'application/json',
      contentSchema: { $ref: '#/components/schemas/Order' },
    }),
  })
  .meta({ id: 'OrderEvent' });

export const followOrdersRoute = defineRoute({
  ...ROUTES.followOrders,
  tag: 'Orders',
  summary: 'Follow your orders as they change',
  description:
    'Server-Sent Events: `event: order`, `data:` the order after the change, `id:` the Last-Event-ID to resume with. The ' +
    'stream begins with the next event, or with the first after Last-Event-ID. 0 asks for all events that are kept. A ' +
    'comment every 5 s keeps the stream alive.',
  headers: z.object({ 'last-event-id': eventId.optional() }),
  reply: {
    status: 200,
    description: 'A stream without an end, of such events.',
    schema: orderEvent,
    contentType: 'text/event-stream',
  },
  problems: ['events_purged'],
});

const timelineEntry = z
  .object({
    at: time,
    until: time
      .nullable()
      .optional()
      .meta({ description: 'When it ended. Null while it lasts, absent for an instant.' }),
    component: z.enum(TIMELINE_COMPONENTS),
    what: z.enum(Object.keys(TIMELINE_KINDS)).meta({ description: 'What happened there.' }),
    detail: z.record(z.string(), z.unknown()).meta({ description: 'The raw data of it.' }),
  })
  .meta({ id: 'TimelineEntry' });

const timelineReply = z
  .object({
    orderId: uuid,
    workflowId: z.string().meta({ description: "The workflow's id in Temporal's Web UI." }),
    entries: z.array(timelineEntry as unknown as z.ZodType<TimelineEntry>),
    missing: z
      .array(z.object({ component: z.string(), reason: z.string() }))
      .meta({ description: 'Components that could not be queried now.' }),
  })
  .meta({ id: 'Timeline' });

export type TimelineReply = z.output<typeof timelineReply>;

export const getTimelineRoute = defineRoute({
  ...ROUTES.getTimeline,
  tag: 'Orders',
  summary: 'Everything that happened to an order, by time',
  description: 'To one of your own; as a merchant or an operator, to that of any customer.',
  params: orderParams,
  reply: {
    status: 200,
    description: 'What each component of the system did, oldest first.',
    schema: timelineReply,
  },
  problems: ['order_not_found'],
});

export const cancelOrderRoute = defineRoute({
  ...ROUTES.cancelOrder,
  tag: 'Orders',
  summary: 'Cancel an order, or have it refunded',
  description:
    'Accepted at once and carried out a moment later. An order that is not paid yet becomes `cancelled`, and what was ' +
    'reserved is released. A paid order becomes `refunded`, and what is left of it is back on the account. If the payment is declined meanwhile, the order ' +
    'is `failed`. The request needs no body and is safe to repeat.',
  params: orderParams,
  reply: {
    status: 202,
    description: 'The order, with `cancelRequestedAt`.',
    schema: orderReply,
  },
  problems: ['order_not_found', 'order_not_cancellable'],
});

export const captureOrderRoute = defineRoute({
  ...ROUTES.captureOrder,
  tag: 'Orders',
  summary: 'Capture an authorized order',
  description:
    'For merchants, once an order. Accepted at once and carried out a moment later: the order becomes `paid`, and what is ' +
    'not captured of the hold goes back. An accepted capture is carried out even if the hold ends meanwhile.',
  merchant: true,
  params: orderParams,
  body: z.strictObject({ amount: amount.optional() }),
  reply: { status: 202, description: 'The order, with `captureRequestedAt`.', schema: orderReply },
  problems: ['order_not_found', 'order_not_capturable', 'capture_exceeds_hold'],
});

const refundReply = z
  .object({
    refundId: uuid,
    orderId: uuid,
    amount: integer.meta({ description: 'In minor units.' }),
    currency: z.string(),
    currencyDigits,
    reason: z.string().nullable(),
    status: z.enum(['pending', 'succeeded']),
    createdAt: time,
    refundedAt: time.nullable(),
  })
  .meta({ id: 'Refund' });

/** A refund as every route shows it. */
export type RefundReply = z.output<typeof refundReply>;

export const refundOrderRoute = defineRoute({
  ...ROUTES.refundOrder,
  tag: 'Orders',
  summary: 'Refund a part of a paid order',
  description:
    'For merchants, as often as wanted: together at most what was captured. Accepted at once and carried out a moment ' +
    'later. The order becomes `refunded` when all of it is.',
  merchant: true,
  params: orderParams,
  body: z.strictObject({ amount, reason: description.optional() }),
  reply: { status: 202, description: 'The refund, `pending`.', schema: refundReply },
  problems: ['order_not_found', 'order_not_refundable', 'refund_exceeds_captured'],
});

export const listRefundsRoute = defineRoute({
  ...ROUTES.listRefunds,
  tag: 'Orders',
  summary: 'The refunds of an order, oldest first',
  description: 'Of one of your own; as a merchant or an operator, of that of any customer.',
  params: orderParams,
  reply: {
    status: 200,
    description: 'All of them.',
    schema: z.object({ items: z.array(refundReply) }),
  },
  problems: ['order_not_found'],
});

/** In the order in which paths are matched: /events before an order's id. */
export const ordersApi = [
  placeOrderRoute,
  listOrdersRoute,
  followOrdersRoute,
  getOrderRoute,
  getTimelineRoute,
  cancelOrderRoute,
  captureOrderRoute,
  refundOrderRoute,
  listRefundsRoute,
] as const;
