import { mock } from 'node:test';
import { sql } from 'kysely';
import { PAYMENT_STATUS_DEAD_LETTERS } from '#contracts/events/payment-events.ts';
import type { OrderReply } from '#contracts/http/orders-api.ts';
import type { Invariant, Reading } from '#contracts/http/system-api.ts';
import type { AuditedInvariantId } from '#contracts/values/invariants.ts';
import { createAudit } from '#operations/audit/audit.ts';
import type { Audit } from '#operations/audit/audit.ts';
import { createGracePeriod } from '#operations/audit/grace-period.ts';
import { handlePaymentEvents } from '#orders/payment-events/consume-payment-events.ts';
import { debitAccount } from '#payments/payment/debit-account.ts';
import type { MessageProducer } from '#platform/kafka/producer.ts';
import { ensureTopics } from '#platform/kafka/topics.ts';
import { createLogger } from '#platform/process/logger.ts';
import { infrastructure } from '../infrastructure.ts';
import { openShop } from './orders-database.ts';
import type { Shop } from './orders-database.ts';
import { COMPLETED, DECLINED, messageOf } from './payment-events.ts';
import { openLedger } from './payments-database.ts';
import type { Ledger } from './payments-database.ts';
import { payWish, SIGNING_KEY } from './signing.ts';

/** Both databases, with orders and postings that agree, and the audit of them as the role workflows. */
export interface AuditedDatabases extends AsyncDisposable {
  readonly shop: Shop;
  readonly ledger: Ledger;
  readonly audit: Audit;
  /** The reading of the system that the audit gets before each round. */
  reading: Reading;
  /** Places an order of an account that can, or cannot, pay it; decides it, and applies the event to orders. */
  order(options?: { amount?: bigint; balance?: bigint }): Promise<OrderReply>;
  /** Runs a round of the audit. @returns one invariant of its report */
  check(id: AuditedInvariantId): Promise<Invariant>;
  /** Moves the monotonic clock of this process forward. */
  advance(seconds: number): void;
  /** Runs a statement as the owner, who may break every rule of the product. */
  inOrders(statement: string): Promise<void>;
  inPayments(statement: string): Promise<void>;
}

const noDeadLetters: MessageProducer = {
  async send() {
    throw new Error('a good message was to be a dead letter');
  },
  async [Symbol.asyncDispose]() {},
};

export const WELL: Reading = {
  at: '2026-11-22T18:51:26.000Z',
  flow: {
    placedPerSecond: 0,
    decidedPerSecond: 0,
    placedToDecided: null,
    undecided: 0,
    oldestUndecidedSeconds: 0,
  },
  outboxPending: 0,
  outboxOldestAgeSeconds: 0,
  consumerLag: 0,
  deadLetters: 0,
  ready: { orders: true, payments: true, workflows: true },
  invariants: 'ok',
};

export async function openAuditedDatabases(): Promise<AuditedDatabases> {
  await using stack = new AsyncDisposableStack();
  const shop = stack.use(await openShop());
  const ledger = stack.use(await openLedger());
  const clock = stack.use(moveableClock());
  const log = createLogger('test', 'fatal');
  const kafka = { brokers: [infrastructure().kafka], clientId: 'audit', log };
  await ensureTopics(kafka, [PAYMENT_STATUS_DEAD_LETTERS]);
  const { workflowsDb: ordersDb } = shop;
  const { workflowsDb: paymentsDb } = ledger;
  const gracePeriod = createGracePeriod();
  const audit = createAudit({ ordersDb, paymentsDb, kafka, gracePeriod, log });
  const opened = stack.move();
  const databases: AuditedDatabases = {
    shop,
    ledger,
    audit,
    reading: WELL,
    async order({ amount = 300n, balance = 1_000n } = {}) {
      const userId = await ledger.openAccount(balance);
      const { reply } = await shop.place({ userId, amount });
      const { orderId, currency } = reply;
      const { outcome } = await debitAccount(paymentsDb, payWish({ orderId, userId, amount, currency }));
      const event = messageOf(reply, outcome === 'completed' ? COMPLETED : DECLINED);
      await handlePaymentEvents({ db: shop.db, deadLetters: noDeadLetters, signingKeys: [SIGNING_KEY] }, [
        event,
      ]);
      await sql`update outbox set dispatched_at = now() where order_id = ${orderId}`.execute(shop.db);
      return reply;
    },
    async check(id) {
      gracePeriod.observe(databases.reading);
      await audit.round();
      const found = audit.report().find((invariant) => invariant.id === id);
      if (!found) throw new Error(`the audit does not report ${id}`);
      return found;
    },
    advance: (seconds) => clock.advance(seconds),
    inOrders: async (statement) => void (await sql.raw(statement).execute(shop.db)),
    inPayments: async (statement) => void (await sql.raw(statement).execute(ledger.db)),
    [Symbol.asyncDispose]: async () => opened.disposeAsync(),
  };
  return databases;
}

/** Kafka and PostgreSQL need a clock that runs, so it is not frozen: it only gains what a test advances it by. */
function moveableClock() {
  const running = performance.now.bind(performance);
  let ahead = 0;
  const { mock: now } = mock.method(performance, 'now', () => running() + ahead);
  return {
    advance(seconds: number) {
      ahead += seconds * 1000;
    },
    [Symbol.dispose]: () => now.restore(),
  };
}
