import type { Generated, Kysely } from 'kysely';
import type { CancellationReason, DeclineReason } from '#contracts/values/order-status.ts';
import type { PostingAccount, PostingKind } from '#contracts/values/postings.ts';

/** The tables of the payments database that code queries. The migrations define them, and schema.sql shows all of it. */
export interface PaymentsTables {
  accounts: {
    userId: string;
    currency: string;
    /** What may be spent. */
    balance: Generated<bigint>;
    /** The sum of the live holds. */
    held: Generated<bigint>;
    version: Generated<bigint>;
    createdAt: Generated<Date>;
  };
  decisions: {
    orderId: string;
    userId: string;
    amount: bigint;
    currency: string;
    outcome: 'completed' | 'authorized' | 'declined';
    reason: DeclineReason | null;
    decidedAt: Generated<Date>;
  };
  postings: {
    postingId: Generated<bigint>;
    transferId: string;
    kind: PostingKind;
    account: PostingAccount;
    userId: string;
    orderId: string | null;
    refundId: string | null;
    amount: bigint;
    balanceAfter: bigint | null;
    createdAt: Generated<Date>;
  };
  holds: {
    orderId: string;
    userId: string;
    amount: bigint;
    captureBefore: Date;
    closedAt: Date | null;
    /** 0 when it was released; null while it is live. */
    captured: bigint | null;
    releaseReason: CancellationReason | null;
  };
  refunds: {
    refundId: string;
    orderId: string;
    userId: string;
    amount: bigint;
    /** Of the order by then, this refund included. */
    total: bigint;
    refundedAt: Date;
  };
  idempotencyKeys: {
    scope: string;
    key: string;
    requestHash: Buffer;
    reply: unknown;
    createdAt: Generated<Date>;
  };
}

/** The payments database, or a transaction on it. */
export type Database = Kysely<PaymentsTables>;
