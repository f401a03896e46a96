import type { DeclineReason } from './order-status.ts';

/** The payment of one order: who pays how much. Money in minor units. */
export interface OrderPayment {
  readonly orderId: string;
  readonly userId: string;
  readonly amount: bigint;
  readonly currency: string;
}

/** What payments decided about an order, once and finally. */
export interface Decision extends OrderPayment {
  readonly outcome: 'completed' | 'declined';
  /** Why it was declined; null when completed. */
  readonly reason: DeclineReason | null;
  readonly decidedAt: Date;
}

/** What a cancel came to: the decision as it is now, and since when the money is back if it had been debited. */
export interface Cancellation {
  readonly decision: Decision;
  readonly refundedAt: Date | null;
}

// The same in Temporal's payloads, which refuse bigint: money is a decimal string of minor units, times are RFC 3339.

export interface OrderPaymentPayload {
  readonly orderId: string;
  readonly userId: string;
  readonly amount: string;
  readonly currency: string;
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
}
