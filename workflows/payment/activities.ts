import type {
  CancellationPayload,
  DecisionPayload,
  OrderPaymentPayload,
} from '#contracts/values/decision.ts';

// Types only: workflow code imports this file, and may import nothing of Node.

/**
 * The input of the workflows that pay and cancel an order, as the Web UI shows it: the payload of the outbox row, with
 * its trace.
 */
export interface OrderToPay extends OrderPaymentPayload {
  /** The W3C trace of the request that placed the order, or that cancelled it. */
  readonly traceparent: string;
}

/** A report on an order: its decision, or its refund. */
export interface ToReport extends CancellationPayload {
  readonly traceparent: string;
}

/** The steps of the payment workflows. Each may be repeated at any time, even while it runs. */
export interface PaymentActivities {
  /** Decides the payment once; a repeat returns the same decision. A decline is a result, not an error. */
  debit: (order: OrderToPay) => Promise<DecisionPayload>;
  /** Cancels the payment once, and refunds what was debited. A repeat returns the same result. */
  cancel: (order: OrderToPay) => Promise<CancellationPayload>;
  /** Publishes the refund if there is one, the decision otherwise; a repeat publishes the same event. */
  report: (report: ToReport) => Promise<void>;
}
