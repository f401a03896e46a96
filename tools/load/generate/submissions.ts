import type { ApiProblem } from '#contracts/client/api-problem.ts';
import type { OrderReply } from '#contracts/http/orders-api.ts';
import type { PlannedOrder } from './plan-orders.ts';

/**
 * What became of one order's submission. Acknowledged: it must exist, once, for ever. Refused: it must not exist.
 * Unknown: nobody answered, so either is right.
 */
export type Outcome =
  | {
      readonly kind: 'acknowledged';
      readonly order: OrderReply;
      /** Every order that a reply named: one, also when it was submitted twice. */
      readonly orderIds: readonly string[];
      /** What a twin of the acknowledged request was told instead: nothing. */
      readonly refusals: readonly ApiProblem[];
    }
  | { readonly kind: 'refused'; readonly problem: ApiProblem }
  | { readonly kind: 'unknown'; readonly error: unknown };

/** What became of the request to cancel an order that was acknowledged. */
export type CancelOutcome =
  | { readonly kind: 'acknowledged' }
  | { readonly kind: 'refused'; readonly problem: ApiProblem }
  | { readonly kind: 'unknown'; readonly error: unknown };

/** One line of a load's history: the record from outside that the databases are held against. Times in ms since 1970. */
export interface Submission {
  readonly order: PlannedOrder;
  /** When it should have been sent: latency counts from here, so that a stall is not left out. */
  readonly intendedAt: number;
  readonly sentAt: number;
  readonly answeredAt: number;
  readonly attempts: number;
  readonly outcome: Outcome;
  /** Absent when none was asked for. */
  readonly cancel?: CancelOutcome;
}

export type Acknowledged = Submission & { readonly outcome: Extract<Outcome, { kind: 'acknowledged' }> };

export function acknowledged(history: readonly Submission[]): Acknowledged[] {
  return history.filter(
    (submission): submission is Acknowledged => submission.outcome.kind === 'acknowledged',
  );
}
