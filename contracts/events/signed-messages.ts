import type { DeclineReason, PaymentEventType } from '../values/order-status.ts';

// What orders and payments sign for each other, as the text that is signed. The database functions of schema.sql build the
// same texts; test/database/payments/signatures.test.ts holds the two together.

interface SignedPayment {
  readonly orderId: string;
  readonly userId: string;
  /** In minor units. */
  readonly amount: bigint | number;
  readonly currency: string;
}

/** That orders wants an order to be paid, or its payment to be cancelled. */
export function wishMessage(kind: 'pay' | 'cancel', payment: SignedPayment): string {
  return toMessage([kind, ...fieldsOf(payment)]);
}

/** That payments decided about an order, or refunded it. */
export function eventMessage(
  event: SignedPayment & { readonly type: PaymentEventType; readonly reason?: DeclineReason | undefined },
): string {
  return toMessage([event.type, ...fieldsOf(event), event.reason ?? '']);
}

function fieldsOf({ orderId, userId, amount, currency }: SignedPayment): string[] {
  return [orderId, userId, String(amount), currency];
}

/** No field can hold a line end, so no two payments have the same text. */
function toMessage(fields: readonly string[]): string {
  return fields.join('\n');
}
