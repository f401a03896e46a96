import { z } from 'zod';
import { ROUTES } from '../values/routes.ts';
import { because } from './operator-action.ts';
import { orderReply, status } from './orders-api.ts';
import { defineRoute } from './route-contract.ts';
import { cursor, givenTime, limit, orderParams, page, uuid, withJsonSchema } from './wire.ts';

export const cancelForCustomerRoute = defineRoute({
  ...ROUTES.cancelForCustomer,
  tag: 'System',
  operator: true,
  summary: 'Cancel an order for its customer, or have it refunded',
  description: 'What the customer could do, recorded with who did it and why.',
  params: orderParams,
  body: z.strictObject(because),
  reply: { status: 202, description: 'The order, with `cancelRequestedAt`.', schema: orderReply },
  problems: ['order_not_found', 'order_not_cancellable'],
});

const placed = (meaning: string) =>
  withJsonSchema(givenTime.optional(), { type: 'string', format: 'date-time', description: meaning });

export const findOrdersRoute = defineRoute({
  ...ROUTES.findOrders,
  tag: 'System',
  operator: true,
  summary: 'Find orders of all customers, newest first',
  description: 'By any of these, all of which must be true. Without one: all orders.',
  query: z.strictObject({
    orderId: uuid.optional(),
    userId: uuid.optional(),
    status: status.optional(),
    placedAfter: placed('Only orders that were placed then or later.'),
    placedBefore: placed('Only orders that were placed before.'),
    limit,
    cursor: cursor.optional(),
  }),
  reply: { status: 200, description: 'A page of orders.', schema: page(orderReply) },
  problems: [],
});

/** What an operator asks about orders of all customers. */
export const operatorOrdersApi = [findOrdersRoute, cancelForCustomerRoute] as const;
