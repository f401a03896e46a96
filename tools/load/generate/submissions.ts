import type { ApiProblem } from '@gozon/client';
import type { OrderReply } from '#contracts/http/orders-api.ts';
import type { PlannedOrder } from './plan-orders.ts';

/**
 * The result of one order's submission. Acknowledged: the order must exist, exactly once, indefinitely. Refused: it must
 * not exist. Unknown: no answer came, so both are right.
 */
export type Outcome =
  | {
      readonly kind: 'acknowledged';
      readonly order: OrderReply;
      /** Every order that a reply named: one, also when it was submitted twice. */
      readonly orderIds: readonly string[];
      /** Refusals of the acknowledged request's twin: there must be none. */
      readonly refusals: readonly ApiProblem[];
    }
  | { readonly kind: 'refused'; readonly problem: ApiProblem }
  | { readonly kind: 'unknown'; readonly error: unknown };

/** The result of a request about an acknowledged order: to capture, cancel or refund it. */
export type RequestOutcome =
  | {
      readonly kind: 'acknowledged';
      /** The refusal of the acknowledged request's twin: there must be none. */
      readonly contradicted?: ApiProblem;
    }
  | { readonly kind: 'refused'; readonly problem: ApiProblem }
  | { readonly kind: 'unknown'; readonly error: unknown };

/** A request to refund a part. */
export interface RefundRequest {
  /** In minor units. */
  readonly amount: bigint;
  readonly outcome: RequestOutcome;
  /** Every refund that a reply named: one, also when it was asked for twice. */
  readonly refundIds: readonly string[];
}

/** The requests about one acknowledged order. What was never asked for is absent. */
export interface Requests {
  readonly cancel?: RequestOutcome;
  readonly capture?: RequestOutcome;
  readonly refunds?: readonly RefundRequest[];
}

/** One line of a load's history: the client's record, which the databases are compared with. Times in ms since 1970. */
export interface Submission extends Requests {
  readonly order: PlannedOrder;
  /** When it should have been sent. Latency counts from here, so that it includes a stall of the generator. */
  readonly intendedAt: number;
  readonly sentAt: number;
  readonly answeredAt: number;
  readonly attempts: number;
  readonly outcome: Outcome;
}

export type Acknowledged = Submission & { readonly outcome: Extract<Outcome, { kind: 'acknowledged' }> };

export function acknowledged(history: readonly Submission[]): Acknowledged[] {
  return history.filter(
    (submission): submission is Acknowledged => submission.outcome.kind === 'acknowledged',
  );
}
