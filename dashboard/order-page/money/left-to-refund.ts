import type { OrderReply, RefundReply } from '#contracts/http/orders-api.ts';

/** What of a payment can still be refunded, in minor units. A refund that is under way counts too, once it is known. */
export function leftToRefund(
  { amountCaptured, amountRefunded }: Pick<OrderReply, 'amountCaptured' | 'amountRefunded'>,
  refunds: readonly Pick<RefundReply, 'amount'>[] = [],
): bigint {
  const asked = refunds.reduce((sum, { amount }) => sum + amount, 0n);
  const gone = asked > amountRefunded ? asked : amountRefunded;
  return gone > amountCaptured ? 0n : amountCaptured - gone;
}
