import type { Cancellation, Decision } from '#contracts/values/decision.ts';

// Types only: workflow code imports this file, and may pull in nothing of Node.

/** The input of a payment and of its cancel, as it stands in the Web UI. Amount in minor units as a decimal string: payloads refuse bigint. */
export interface OrderToPay {
  readonly orderId: string;
  readonly userId: string;
  readonly amount: string;
  readonly currency: string;
  /** The W3C trace of the request that placed the order, or that cancelled it. */
  readonly traceparent: string;
}

/** What is to be reported, with the trace it belongs to: a decision, or its refund. */
export interface ToReport extends Cancellation {
  readonly traceparent: string;
}

/** What the payment workflows ask of the outside world. Every one may be repeated at any time, even while it runs. */
export interface PaymentActivities {
  /** Decides the payment once; a repeat returns the same decision. A decline is a result, not an error. */
  debit: (order: OrderToPay) => Promise<Decision>;
  /** Cancels the payment once, refunding what was debited; a repeat returns the same answer. */
  cancel: (order: OrderToPay) => Promise<Cancellation>;
  /** Publishes the refund if there is one, the decision otherwise; a repeat publishes the same event. */
  report: (report: ToReport) => Promise<void>;
}
