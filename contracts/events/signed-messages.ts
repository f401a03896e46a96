import type { CancellationReason, DeclineReason, PaymentEventType } from '../values/order-status.ts';

// What orders and payments sign for each other, as the text that is signed. The database functions of schema.sql build the
// same texts; test/database/payments/signatures.test.ts holds the two together.

interface SignedPayment {
  readonly orderId: string;
  readonly userId: string;
  /** In minor units. */
  readonly amount: bigint | number;
  readonly currency: string;
}

/** What each kind of wish says beside the order that it is about, in the order in which it is signed. */
export interface WishDetails {
  pay: [];
  authorize: [captureWithin: number];
  /** The time of the request in ms since 1970. */
  capture: [amount: bigint, requestedAt: number];
  /** Without details as it was signed before there were holds. */
  cancel: [] | [reason: CancellationReason, refund: bigint];
  refund: [refundId: string, amount: bigint];
}

/** That orders wants payments to do something about an order. */
export function wishMessage<Kind extends keyof WishDetails>(
  kind: Kind,
  payment: SignedPayment,
  ...details: WishDetails[Kind]
): string {
  return toMessage([kind, ...fieldsOf(payment), ...details.map(String)]);
}

/** What an event says of its order beside whose it is. Each type has the same ones always, so no two have the same text. */
export interface SignedEvent extends SignedPayment {
  readonly type: PaymentEventType;
  readonly reason?: DeclineReason | CancellationReason | undefined;
  /** RFC 3339. */
  readonly captureBefore?: string | undefined;
  readonly amountCaptured?: bigint | number | undefined;
  readonly refundId?: string | undefined;
  readonly refundAmount?: bigint | number | undefined;
  readonly amountRefunded?: bigint | number | undefined;
}

/** That payments did something about an order. */
export function eventMessage(event: SignedEvent): string {
  const { type, reason = '', captureBefore, amountCaptured, refundId, refundAmount, amountRefunded } = event;
  const end = captureBefore === undefined ? undefined : Date.parse(captureBefore);
  const details = [end, amountCaptured, refundId, refundAmount, amountRefunded];
  return toMessage([type, ...fieldsOf(event), reason, ...details.flatMap((one) => one?.toString() ?? [])]);
}

function fieldsOf({ orderId, userId, amount, currency }: SignedPayment): string[] {
  return [orderId, userId, String(amount), currency];
}

/** No field can hold a line end, so no two payments have the same text. */
function toMessage(fields: readonly string[]): string {
  return fields.join('\n');
}
