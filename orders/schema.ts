import type { Generated, GeneratedAlways, Kysely } from 'kysely';
import type { DeclineReason, OrderStatus } from '#contracts/values/order-status.ts';

/** The tables and views of the orders database. The migrations define them, and schema.sql shows all of it. */
export interface OrdersTables {
  orders: {
    orderId: string;
    userId: string;
    amount: bigint;
    currency: string;
    description: string | null;
    status: Generated<OrderStatus>;
    /** See RANK in contracts/values/order-status.ts. */
    statusRank: Generated<number>;
    failureReason: DeclineReason | null;
    cancelRequestedAt: Date | null;
    createdAt: Generated<Date>;
    updatedAt: Generated<Date>;
  };
  orderEvents: {
    eventId: GeneratedAlways<bigint>;
    orderId: string;
    userId: string;
    status: OrderStatus;
    detail: Generated<OrderEventDetail>;
    createdAt: Generated<Date>;
    /** The place in the stream; null until a reader gives it. */
    position: bigint | null;
  };
  outbox: {
    outboxId: GeneratedAlways<bigint>;
    /** Which workflow it asks for, and what it is given. */
    kind: string;
    workflowId: string | null;
    payload: unknown;
    traceparent: string;
    dueAt: Generated<Date>;
    attempts: Generated<number>;
    lastError: string | null;
    runId: string | null;
    startedEagerly: boolean | null;
    dispatchedAt: Date | null;
    createdAt: Generated<Date>;
    sweeps: Generated<number>;
  };
  inbox: {
    eventId: string;
    topicPartition: number;
    topicOffset: bigint;
    receivedAt: Generated<Date>;
  };
  idempotencyKeys: {
    scope: string;
    key: string;
    requestHash: Buffer;
    reply: unknown;
    createdAt: Generated<Date>;
  };
  purgedOrderEvents: {
    upTo: bigint;
  };
  /** A view: what was asked for and has not happened, by the kind of its outbox row. */
  unfinished: {
    orderId: string;
    kind: 'pay' | 'cancel';
    since: Date;
    workflowId: string;
    payload: unknown;
  };
}

/** What brought a change: nothing for a placed order, a cancel's request, or a payment event. */
interface OrderEventDetail {
  readonly cancelRequested?: true;
  readonly eventId?: string;
  readonly partition?: number;
  readonly offset?: number;
}

/** The orders database, or a transaction on it. */
export type Database = Kysely<OrdersTables>;
