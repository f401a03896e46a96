import type { OrderReply } from '#contracts/http/orders-api.ts';

/** What an order is about: what was captured of it, or before that what it was placed for. */
export function amountOf({ amount, amountCaptured }: Pick<OrderReply, 'amount' | 'amountCaptured'>): bigint {
  return amountCaptured > 0n ? amountCaptured : amount;
}
