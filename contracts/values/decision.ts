import type { DeclineReason } from './order-status.ts';

/**
 * What payments decided about an order, once and for good. It crosses Temporal's border, whose payloads refuse bigint,
 * so money is a decimal string of minor units here.
 */
export interface Decision {
  readonly orderId: string;
  readonly userId: string;
  readonly amount: string;
  readonly currency: string;
  readonly outcome: 'completed' | 'declined';
  /** Why it was declined; absent when completed. */
  readonly reason?: DeclineReason;
  /** RFC 3339. */
  readonly decidedAt: string;
}

/** What a cancel came to: the decision as it stands, and since when the money is back if it had been taken. */
export interface Cancellation {
  readonly decision: Decision;
  /** RFC 3339. */
  readonly refundedAt?: string;
}
