import type { Generated } from 'kysely';
import type { DeclineReason } from '#contracts/values/order-status.ts';

/** What kysely knows of the payments database; the migrations are its definition. */
export interface PaymentsTables {
  accounts: {
    userId: string;
    currency: string;
    balance: bigint;
    version: bigint;
    createdAt: Date;
  };
  decisions: {
    orderId: string;
    userId: string;
    amount: bigint;
    currency: string;
    outcome: 'completed' | 'declined';
    reason: DeclineReason | null;
    decidedAt: Date;
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
}
