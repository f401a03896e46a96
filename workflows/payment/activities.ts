import type {
  CancellationPayload,
  CancelPayload,
  CapturePayload,
  DecisionPayload,
  FactPayload,
  OrderPaymentPayload,
} from '#contracts/values/decision.ts';
import type { TraceContext } from '#contracts/values/trace-context.ts';

// Types only: workflow code imports this file, and may import nothing of Node.

/**
 * The input of the workflows that pay and cancel an order, as the Web UI shows it: the payload of the outbox row, with
 * the trace context of the request that placed the order, or that cancelled it.
 */
export interface OrderToPay extends OrderPaymentPayload, TraceContext {}

/** An order whose money is to be reserved. */
export interface OrderToHold extends OrderToPay {
  readonly captureMethod: 'manual';
  /** For how long, in s. */
  readonly captureWithin: number;
  readonly signature: string;
}

/** How much of a hold is to be captured; the signal of a request to capture. */
export interface CaptureSignal extends TraceContext {
  readonly capture: CapturePayload;
}

/** That a hold is to be released; the signal of a request to cancel. */
export interface ReleaseSignal extends TraceContext {
  readonly cancel: CancelPayload;
}

export interface OrderToCapture extends OrderToHold {
  readonly capture: CapturePayload;
}

/** Without `cancel` it is of a copy of orders from before there were holds. */
export interface OrderToCancel extends OrderToPay {
  readonly cancel?: CancelPayload;
}

export interface OrderToRefund extends OrderToPay {
  readonly refundId: string;
  /** How much. */
  readonly refund: string;
  readonly signature: string;
}

/** A hold whose end has come, by the workflow's clock. */
export interface HoldToExpire extends TraceContext {
  readonly orderId: string;
  readonly captureBefore: string;
  /** Payments', of the hold. */
  readonly signature: string;
}

/**
 * What orders says about a hold that has ended. `early`: its own clock has not come to the end. `asked`: a capture or a
 * cancel was accepted before.
 */
export type Expiry =
  | { readonly state: 'expired'; readonly cancel: CancelPayload }
  | { readonly state: 'early' | 'asked' };

/** A report on an order: what payments did, or as it was before there were holds, its decision or its refund. */
export type ToReport = (CancellationPayload | { readonly fact: FactPayload }) & TraceContext;

/** The steps of the payment workflows. Each may be repeated at any time, even while it runs. */
export interface PaymentActivities {
  /** Decides the payment once; a repeat returns the same decision. A decline is a result, not an error. */
  debit: (order: OrderToPay) => Promise<DecisionPayload>;
  /** Reserves the money once, or declines. A repeat returns what has become of it meanwhile too. */
  authorize: (order: OrderToHold) => Promise<readonly FactPayload[]>;
  /** Captures a hold once. A repeat, and one of a hold that was closed, returns what has become of it. */
  capture: (order: OrderToCapture) => Promise<readonly FactPayload[]>;
  /** Asks orders whether a hold has ended, and keeps it from being captured then. */
  expire: (hold: HoldToExpire) => Promise<Expiry>;
  /** Cancels the payment once: releases what is held, and refunds what was taken. A repeat returns the same. */
  cancel: (order: OrderToCancel) => Promise<CancellationPayload | { readonly fact: FactPayload }>;
  /** Refunds a part once; a repeat returns the same refund. */
  refund: (order: OrderToRefund) => Promise<FactPayload>;
  /** Publishes what was done; a repeat publishes the same event. */
  report: (report: ToReport) => Promise<void>;
}
