import { sql } from 'kysely';
import type { QueryExecutorProvider } from 'kysely';
import type { Decision, RecordedFact } from '#contracts/values/decision.ts';
import type { Kysely } from '#platform/postgres/database.ts';
import type { PaymentsViews } from '../schema.ts';
import { withAmount } from './reconcile.queries.ts';
import type { InJson } from './reconcile.queries.ts';

/** A posting of the ledger. Credits are positive, debits negative; amounts are in minor units, here and below. */
export type PostingToCompare = Readonly<
  Pick<PaymentsViews['postingsToReconcile'], 'kind' | 'account' | 'userId' | 'refundId' | 'amount'>
>;

export type HoldToCompare = Readonly<Omit<PaymentsViews['holdsToReconcile'], 'orderId'>>;

export type RefundToCompare = Readonly<Omit<PaymentsViews['refundsToReconcile'], 'orderId'>>;

/** What payments has of an order: its decision, and what came of it. */
export interface PaymentToCompare extends Decision {
  /** Null unless the order was authorized. */
  readonly hold: HoldToCompare | null;
  readonly refunds: readonly RefundToCompare[];
  readonly postings: readonly PostingToCompare[];
}

type HoldInJson = InJson<Omit<HoldToCompare, 'captureBefore' | 'closedAt' | 'captured'>> & {
  readonly captureBefore: string;
  readonly closedAt: string | null;
  readonly captured: string | null;
};

type RefundInJson = InJson<Omit<RefundToCompare, 'total' | 'refundedAt'>> & {
  readonly total: string;
  readonly refundedAt: string;
};

type PaymentRow = Decision & {
  readonly hold: HoldInJson | null;
  readonly refunds: readonly RefundInJson[];
  readonly postings: readonly InJson<PostingToCompare>[];
};

/**
 * The next decisions by order id, up to `upTo` if there is one, each with its hold, refunds and postings. One statement has
 * one snapshot: with two, the second could see a step that was made after the first. What belongs to a decision is looked up
 * for it alone: for a thousand decisions PostgreSQL would rather read whole tables, and hash them.
 */
export async function findPaymentsAfter(
  payments: Kysely<PaymentsViews>,
  { after, upTo, limit }: { after: string; upTo: string | undefined; limit: number },
): Promise<PaymentToCompare[]> {
  const { rows } = await sql<PaymentRow>`
    select d.order_id, d.user_id, d.amount, d.currency, d.outcome, d.reason, d.decided_at,
           (
             select jsonb_build_object('userId', user_id, 'amount', amount::text, 'captureBefore', capture_before,
               'closedAt', closed_at, 'captured', captured::text, 'releaseReason', release_reason)
             from holds_to_reconcile where order_id = d.order_id
           ) as hold,
           coalesce((
             select jsonb_agg(jsonb_build_object('refundId', refund_id, 'userId', user_id, 'amount', amount::text,
               'total', total::text, 'refundedAt', refunded_at) order by total)
             from refunds_to_reconcile where order_id = d.order_id
           ), '[]') as refunds,
           coalesce((
             select jsonb_agg(jsonb_build_object('kind', kind, 'account', account, 'userId', user_id,
               'refundId', refund_id, 'amount', amount::text) order by posting_id)
             from postings_to_reconcile where order_id = d.order_id
           ), '[]') as postings
    from (
      select * from decisions_to_reconcile
      where order_id > ${after} ${upTo === undefined ? sql`` : sql`and order_id <= ${upTo}`}
      order by order_id limit ${limit}
    ) d
    order by d.order_id`.execute(payments);
  return rows.map(({ hold, refunds, postings, ...decision }) => ({
    ...decision,
    hold: hold && toHold(hold),
    refunds: refunds.map(toRefund),
    postings: postings.map(withAmount),
  }));
}

function toHold({ captureBefore, closedAt, captured, ...hold }: HoldInJson): HoldToCompare {
  return {
    ...withAmount(hold),
    captureBefore: new Date(captureBefore),
    closedAt: closedAt === null ? null : new Date(closedAt),
    captured: captured === null ? null : BigInt(captured),
  };
}

function toRefund({ total, refundedAt, ...refund }: RefundInJson): RefundToCompare {
  return { ...withAmount(refund), total: BigInt(total), refundedAt: new Date(refundedAt) };
}

/** What payments has recorded about the orders, signed, those of an order from its decision on. */
export async function findFacts(
  payments: QueryExecutorProvider,
  orderIds: readonly string[],
): Promise<RecordedFact[]> {
  const { rows } = await sql<RecordedFact>`
    select (event).*, signature from events_of_orders(${orderIds}::uuid[])`.execute(payments);
  return rows;
}

/**
 * Every signature that payments gives to an event of one of the orders, also in the form that events had before there were
 * holds. Both functions sign only what is stored.
 */
export async function findSignatures(
  payments: QueryExecutorProvider,
  orderIds: readonly string[],
): Promise<Set<string>> {
  const { rows } = await sql<{ signature: string }>`
    select signature from events_of_orders(${orderIds}::uuid[])
    union
    select signature from event_signatures(${orderIds}::uuid[])`.execute(payments);
  return new Set(rows.map(({ signature }) => signature));
}
