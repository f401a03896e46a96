import type { DeclineReason } from './order-status.ts';

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

/** What payments decided about an order, once and finally. */
export interface Decision extends OrderPayment {
  readonly outcome: 'completed' | 'declined';
  /** Why it was declined; null when completed. */
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

// The same in Temporal's payloads, which refuse bigint: money is a decimal string of minor units, times are RFC 3339.

export interface OrderPaymentPayload {
  readonly orderId: string;
  readonly userId: string;
  readonly amount: string;
  readonly currency: string;
  /** Orders' signature of the wish, or payments' of the decision. Absent in runs from before there were signatures. */
  readonly signature?: string;
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
