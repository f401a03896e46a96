import { mock } from 'node:test';
import { sql } from 'kysely';
import { PAYMENT_STATUS_DEAD_LETTERS } from '#contracts/events/payment-events.ts';
import type { OrderReply } from '#contracts/http/orders-api.ts';
import type { Invariant, Reading } from '#contracts/http/system-api.ts';
import type { AuditedInvariantId } from '#contracts/values/invariants.ts';
import { createAudit } from '#operations/audit/audit.ts';
import type { Audit } from '#operations/audit/audit.ts';
import { createGracePeriod } from '#operations/audit/grace-period.ts';
import { cancelOrder } from '#orders/order/cancel-order.ts';
import { captureOrder } from '#orders/order/capture-order.ts';
import { refundOrder } from '#orders/order/refund-order.ts';
import { ensureTopics } from '#platform/kafka/topics.ts';
import { createLogger } from '#platform/process/logger.ts';
import { infrastructure } from '../infrastructure.ts';
import { stepsOfWorkflows } from '../workflow/carry-out.ts';
import { openShop, TRACEPARENT } from './orders-database.ts';
import type { Shop } from './orders-database.ts';
import { openLedger } from './payments-database.ts';
import type { Ledger } from './payments-database.ts';

/** Both databases, with orders and postings that agree, and the audit of them as the role workflows. */
export interface AuditedDatabases extends AsyncDisposable {
  readonly shop: Shop;
  readonly ledger: Ledger;
  readonly audit: Audit;
  /** The reading of the system that the audit gets before each round. */
  reading: Reading;
  /** Places an order of an account that can, or cannot, pay it; decides it, and applies the event to orders. */
  order(options?: { amount?: bigint; balance?: bigint }): Promise<OrderReply>;
  /** Places an order of which an amount is reserved, and applies that to orders. */
  reserve(options?: { amount?: bigint; balance?: bigint }): Promise<OrderReply>;
  /** Asks for a capture, a refund or a cancel, carries it out, and applies it to orders. */
  capture(order: OrderReply, amount?: bigint): Promise<void>;
  refund(order: OrderReply, amount: bigint): Promise<void>;
  cancel(order: OrderReply): Promise<void>;
  /** Ends the holds of all orders now, and applies that to orders. */
  expire(): Promise<void>;
  /** Runs a round of the audit. @returns one invariant of its report */
  check(id: AuditedInvariantId): Promise<Invariant>;
  /** Moves the monotonic clock of this process forward. */
  advance(seconds: number): void;
  /** Runs a statement as the owner, who may break every rule of the product. */
  inOrders(statement: string): Promise<void>;
  inPayments(statement: string): Promise<void>;
}

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
  const steps = stepsOfWorkflows(shop, ledger);
  const settle = async () => steps.apply(await steps.carryOut());
  const request = { traceparent: TRACEPARENT, idempotency: undefined };
  const opened = stack.move();
  const databases: AuditedDatabases = {
    shop,
    ledger,
    audit,
    reading: WELL,
    async order({ amount = 300n, balance = 1_000n } = {}) {
      const userId = await ledger.openAccount(balance);
      const { reply } = await shop.place({ userId, amount });
      await settle();
      return reply;
    },
    async reserve({ amount = 300n, balance = 1_000n } = {}) {
      const userId = await ledger.openAccount(balance);
      const { reply } = await shop.place({ userId, amount, captureWithin: 3_600 });
      await settle();
      return reply;
    },
    async capture({ orderId, userId }, amount) {
      await captureOrder(shop.db, { orderId, requestedBy: userId, amount, ...request }, () => {});
      await settle();
    },
    async refund({ orderId, userId }, amount) {
      const refund = { orderId, requestedBy: userId, amount, reason: undefined };
      await refundOrder(shop.db, { ...refund, ...request }, () => {});
      await settle();
    },
    async cancel({ orderId, userId }) {
      await cancelOrder(shop.db, { orderId, userId, ...request }, () => {});
      await settle();
    },
    async expire() {
      for (const [db, table] of [
        [shop.db, 'orders'],
        [ledger.db, 'holds'],
      ] as const) {
        await sql`update ${sql.table(table)} set capture_before = '2026-03-01T12:00:00Z'
          where capture_before is not null`.execute(db);
      }
      await steps.apply(await steps.endHolds());
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
