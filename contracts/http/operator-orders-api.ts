import { z } from 'zod';
import { ROUTES } from '../values/routes.ts';
import { because } from './operator-action.ts';
import { orderReply } from './orders-api.ts';
import { defineRoute } from './route-contract.ts';
import { orderParams } from './wire.ts';

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

/** What an operator asks about orders of all customers. */
export const operatorOrdersApi = [cancelForCustomerRoute] as const;
