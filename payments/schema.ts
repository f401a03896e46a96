import type { Generated, Kysely } from 'kysely';
import type { DeclineReason } from '#contracts/values/order-status.ts';

/** The tables of the payments database that code queries. The migrations define them, and schema.sql shows all of it. */
export interface PaymentsTables {
  accounts: {
    userId: string;
    currency: string;
    balance: Generated<bigint>;
    version: Generated<bigint>;
    createdAt: Generated<Date>;
  };
  decisions: {
    orderId: string;
    userId: string;
    amount: bigint;
    currency: string;
    outcome: 'completed' | 'declined';
    reason: DeclineReason | null;
    decidedAt: Generated<Date>;
  };
  postings: {
    postingId: Generated<bigint>;
    transferId: string;
    kind: 'top_up' | 'debit' | 'refund';
    account: 'customer' | 'cash' | 'sales';
    userId: string;
    orderId: string | null;
    amount: bigint;
    balanceAfter: bigint | null;
    createdAt: Generated<Date>;
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
