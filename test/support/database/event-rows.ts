import type { PaymentEventRow } from '#orders/payment-events/payment-events.queries.ts';

/** What the event says that leads an order to a status, in the amount that tests place orders of by default. */
export function eventRow(
  orderId: string,
  leadsTo: 'paid' | 'refunded' | 'failed' | 'cancelled' | 'authorized',
  { amount = 1250, ...given }: Partial<PaymentEventRow> & { readonly amount?: number } = {},
): PaymentEventRow {
  const said = {
    paid: { captured: amount },
    refunded: { captured: amount, refundId: orderId, refunded: amount },
    failed: { closedAs: 'failed', failureReason: 'insufficient_funds' },
    cancelled: { closedAs: 'cancelled', cancellationReason: 'requested' },
    authorized: { captureBefore: '2100-01-01T00:00:00.000Z' },
  } as const;
  return {
    eventId: `${orderId}/${leadsTo}`,
    orderId,
    captureBefore: null,
    captured: null,
    closedAs: null,
    failureReason: null,
    cancellationReason: null,
    refundId: null,
    refunded: null,
    time: '2026-03-01T12:00:00.000Z',
    partition: 0,
    offset: '0',
    ...said[leadsTo],
    ...given,
  };
}
