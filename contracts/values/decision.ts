import type { CancellationReason, DeclineReason, PaymentEventType } from './order-status.ts';

/** The payment of one order: who pays how much. Money in minor units. */
export interface OrderPayment {
  readonly orderId: string;
  readonly userId: string;
  readonly amount: bigint;
  readonly currency: string;
}

/** An order's payment that orders wants to be made, or to be cancelled. */
export interface PaymentWish extends OrderPayment {
  /** By which orders proves that it asked: see contracts/events/signed-messages.ts. */
  readonly signature: string;
}

/** That the money of an order is to be reserved. */
export interface AuthorizeWish extends PaymentWish {
  /** For how long, in s. */
  readonly captureWithin: number;
}

/** That a part of a hold is to be taken, or all of it, and the rest given back. */
export interface CaptureWish extends PaymentWish {
  readonly capture: bigint;
  /** When orders accepted it. */
  readonly requestedAt: Date;
}

/** That a hold is to be released, or a payment undone. */
export interface CancelWish extends PaymentWish {
  readonly reason: CancellationReason;
  /** How much of what was taken is to be refunded. */
  readonly refund: bigint;
}

/** That a part of what was taken is to be refunded. */
export interface RefundWish extends PaymentWish {
  readonly refundId: string;
  readonly refund: bigint;
}

/** What payments decided about an order, once and finally. */
export interface Decision extends OrderPayment {
  readonly outcome: 'completed' | 'authorized' | 'declined';
  /** Why it was declined; null otherwise. */
  readonly reason: DeclineReason | null;
  readonly decidedAt: Date;
}

/** A decision with the signature by which its event proves to be payments' own. */
export interface SignedDecision extends Decision {
  readonly signature: string;
}

/** What a cancel came to: the decision as it is now, and since when the money is back if it had been debited. */
export interface Cancellation {
  readonly decision: SignedDecision;
  readonly refundedAt: Date | null;
  /** Of the refund's event. */
  readonly refundSignature: string | null;
}

/**
 * One thing that payments did about an order, as it is reported. Of the fields after `type` each type has its own: the
 * others are null.
 */
export interface RecordedFact extends OrderPayment {
  readonly type: PaymentEventType;
  /** Why it was declined or released. */
  readonly reason: DeclineReason | CancellationReason | null;
  /** Until when the hold can be captured. */
  readonly captureBefore: Date | null;
  readonly amountCaptured: bigint | null;
  readonly refundId: string | null;
  readonly refundAmount: bigint | null;
  /** Of the order by then, this refund included. */
  readonly amountRefunded: bigint | null;
  readonly time: Date;
  readonly signature: string;
}

// The same in Temporal's payloads, which refuse bigint: money is a decimal string of minor units, times are RFC 3339.

export interface OrderPaymentPayload {
  readonly orderId: string;
  readonly userId: string;
  readonly amount: string;
  readonly currency: string;
  /** Orders' signature of the wish, or payments' of the decision. Absent in runs from before there were signatures. */
  readonly signature?: string;
}

/** What is to become of a hold, as {@link CaptureWish}. */
export interface CapturePayload {
  readonly amount: string;
  readonly requestedAt: string;
  readonly signature: string;
}

/** As {@link CancelWish}. */
export interface CancelPayload {
  readonly reason: CancellationReason;
  readonly refund: string;
  readonly signature: string;
}

export interface DecisionPayload extends OrderPaymentPayload {
  readonly outcome: 'completed' | 'declined';
  /** Absent when completed. */
  readonly reason?: DeclineReason;
  readonly decidedAt: string;
}

export interface CancellationPayload {
  readonly decision: DecisionPayload;
  readonly refundedAt?: string;
  readonly refundSignature?: string;
}

/** A {@link RecordedFact} without what is null. */
export interface FactPayload extends Omit<OrderPaymentPayload, 'signature'> {
  readonly type: PaymentEventType;
  readonly reason?: DeclineReason | CancellationReason;
  readonly captureBefore?: string;
  readonly amountCaptured?: string;
  readonly refundId?: string;
  readonly refundAmount?: string;
  readonly amountRefunded?: string;
  readonly time: string;
  readonly signature: string;
}
