import { z } from 'zod';
import { uuid } from './ids.ts';
import { amount } from './money.ts';
import { ORDER_STATUSES } from './order-status.ts';
import type { OrderStatus } from './order-status.ts';

/** Text that Postgres can store: it has no character for NUL. */
const description = z
  .string()
  .max(500, { error: 'must be at most 500 characters' })
  .refine((text) => !text.includes('\0'), { error: 'must not contain NUL' });

/** POST /api/orders */
export const placeOrderBody = z.strictObject({
  userId: uuid.optional(),
  amount,
  description: description.optional(),
});

/** GET /api/orders */
export const listOrdersQuery = z.strictObject({
  status: z.enum(ORDER_STATUSES, { error: `must be one of ${ORDER_STATUSES.join(', ')}` }).optional(),
  limit: z.coerce
    .number({ error: 'must be a number' })
    .int({ error: 'must be a whole number' })
    .min(1, { error: 'must be at least 1' })
    .max(100, { error: 'must be at most 100' })
    .default(20),
  cursor: uuid.optional(),
});

/** An order as every route shows it. Money in minor units, times in RFC 3339 UTC. */
export interface OrderReply {
  readonly orderId: string;
  readonly userId: string;
  readonly amount: bigint;
  readonly currency: string;
  readonly description: string | null;
  readonly status: OrderStatus;
  readonly statusCode: number;
  readonly failureReason: string | null;
  readonly cancelRequestedAt: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** A keyset page, newest first; `nextCursor` is null on the last one. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}
