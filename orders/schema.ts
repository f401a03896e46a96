import type { Generated, GeneratedAlways, Kysely } from 'kysely';
import type { OperatorActionReply } from '#contracts/http/operator-action.ts';
import type {
  CancellationReason,
  CaptureMethod,
  DeclineReason,
  OrderStatus,
} from '#contracts/values/order-status.ts';

/** The tables and views of the orders database. The migrations define them, and schema.sql shows all of it. */
export interface OrdersTables {
  orders: {
    orderId: string;
    userId: string;
    amount: bigint;
    currency: string;
    description: string | null;
    status: Generated<OrderStatus>;
    /** 0 while it is undecided, 2 once all of it is refunded. */
    statusRank: Generated<number>;
    failureReason: DeclineReason | null;
    cancelRequestedAt: Date | null;
    captureMethod: Generated<CaptureMethod>;
    /** In s; of a manual order. */
    captureWithin: number | null;
    captureBefore: Date | null;
    captureRequestedAt: Date | null;
    captureRequested: bigint | null;
    /** Null until it is paid, and of orders that were paid before there were holds. */
    amountCaptured: bigint | null;
    amountRefunded: Generated<bigint>;
    cancellationReason: CancellationReason | null;
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
    tracestate: string | null;
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
  refunds: {
    refundId: string;
    orderId: string;
    amount: bigint;
    reason: string | null;
    createdAt: Generated<Date>;
    refundedAt: Date | null;
  };
  /** What operators did. Rows are only added. */
  operatorActions: {
    actionId: GeneratedAlways<bigint>;
    at: GeneratedAlways<Date>;
    actor: string;
    action: OperatorActionReply['action'];
    orderId: string | null;
    reason: string;
    detail: { readonly as?: string; readonly [name: string]: unknown };
  };
  purgedOrderEvents: {
    upTo: bigint;
  };
  /** A view: what was asked for and has not happened, by the kind of its outbox row. */
  unfinished: {
    orderId: string;
    kind: 'pay' | 'authorize' | 'capture' | 'release' | 'cancel' | 'refund';
    since: Date;
    workflowId: string;
    payload: unknown;
  };
}

/** What brought a change: nothing for a placed order, an accepted request, the end of a hold, or a payment event. */
interface OrderEventDetail {
  readonly cancelRequested?: true;
  readonly captureRequested?: true;
  readonly expired?: true;
  /** The status before, unless the order was undecided. */
  readonly from?: OrderStatus;
  /** By then, if anything was. */
  readonly amountRefunded?: number;
  readonly eventId?: string;
  readonly partition?: number;
  readonly offset?: number;
  /** The span that applied the payment event, if spans were recorded. */
  readonly trace?: string;
}

/** The orders database, or a transaction on it. */
export type Database = Kysely<OrdersTables>;
