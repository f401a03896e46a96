import { sql } from 'kysely';
import type { PaymentEvent } from '#contracts/events/payment-events.ts';
import { toFactPayload } from '#contracts/events/to-event.ts';
import type { FactPayload } from '#contracts/values/decision.ts';
import { handlePaymentEvents } from '#orders/payment-events/consume-payment-events.ts';
import { findOverdueHolds } from '#payments/payment/facts.queries.ts';
import type { MessageProducer } from '#platform/kafka/producer.ts';
import { createLogger } from '#platform/process/logger.ts';
import { composeActivities } from '#workflows/compose.ts';
import type {
  OrderToCancel,
  OrderToCapture,
  OrderToHold,
  OrderToPay,
  OrderToRefund,
  PaymentActivities,
} from '#workflows/payment/activities.ts';
import { releaseOverdueHolds } from '#workflows/payment/release-overdue-holds.ts';
import type { Shop } from '../database/orders-database.ts';
import { rawMessage } from '../database/payment-events.ts';
import type { Ledger } from '../database/payments-database.ts';
import { SIGNING_KEY } from '../database/signing.ts';

interface DueRow {
  readonly outboxId: bigint;
  readonly kind: string;
  readonly payload: unknown;
  readonly traceparent: string;
}

/** The steps of the workflows, without Temporal and Kafka. */
export interface StepsOfWorkflows {
  /** Does in turn what the outbox asks for. @returns what payments reports of it */
  carryOut(): Promise<PaymentEvent[]>;
  /** Ends holds whose end has passed. @returns what payments reports of it */
  endHolds(): Promise<PaymentEvent[]>;
  /** Applies events to orders, as they come from the topic. */
  apply(events: readonly PaymentEvent[]): Promise<void>;
}

const noDeadLetters: MessageProducer = {
  async send() {
    throw new Error('a good message was to be a dead letter');
  },
  async [Symbol.asyncDispose]() {},
};

export function stepsOfWorkflows(shop: Shop, ledger: Ledger): StepsOfWorkflows {
  const published: PaymentEvent[] = [];
  const activities = composeActivities({
    ordersDb: shop.workflowsDb,
    paymentsDb: ledger.workflowsDb,
    publishEvents: async (events) => void published.push(...events),
  });
  const log = createLogger('test', 'fatal');
  return {
    async carryOut() {
      const { rows } = await sql<DueRow>`
        update outbox set dispatched_at = now() where dispatched_at is null
        returning outbox_id, kind, payload, traceparent`.execute(shop.db);
      for (const row of rows.toSorted((a, b) => Number(a.outboxId - b.outboxId)))
        await carryOut(activities, row);
      return published.splice(0);
    },
    async endHolds() {
      const findOverdue = async (_grace: number, limit: number) =>
        (await findOverdueHolds(ledger.workflowsDb, 0, limit)).map(toFactPayload);
      await releaseOverdueHolds({ activities, findOverdue, log });
      return published.splice(0);
    },
    async apply(events) {
      await handlePaymentEvents(
        { db: shop.db, deadLetters: noDeadLetters, signingKeys: [SIGNING_KEY] },
        events.map((event) => rawMessage(event.subject, JSON.stringify(event))),
      );
    },
  };
}

async function carryOut(
  activities: PaymentActivities,
  { kind, payload, traceparent }: DueRow,
): Promise<void> {
  const order = { ...(payload as object), traceparent };
  const reportLast = async (facts: readonly FactPayload[]) =>
    activities.report({ fact: facts.at(-1) as FactPayload, traceparent });
  switch (kind) {
    case 'pay':
      return activities.report({ decision: await activities.debit(order as OrderToPay), traceparent });
    case 'authorize':
      return reportLast(await activities.authorize(order as OrderToHold));
    case 'capture':
      return reportLast(await activities.capture(order as OrderToCapture));
    case 'release':
    case 'cancel':
      return activities.report({ ...(await activities.cancel(order as OrderToCancel)), traceparent });
    case 'refund':
      return reportLast([await activities.refund(order as OrderToRefund)]);
    default:
      throw new Error(`nothing carries out the kind ${kind}`);
  }
}
