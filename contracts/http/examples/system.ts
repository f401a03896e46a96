import { EXAMPLE_IDS } from './example.ts';
import type { Examples } from './example.ts';

const ready = { ready: true };
const processes = {
  orders: { ready: true, roles: { database: ready, schema: ready, consumer: ready, feed: ready } },
  payments: { ready: true, roles: { database: ready, schema: ready } },
  workflows: {
    ready: false,
    roles: {
      'orders database': ready,
      'payments database': ready,
      worker: ready,
      relay: { ready: false, reason: 'Temporal cannot be reached' },
    },
  },
};
const flow = {
  placedPerSecond: 20.1,
  decidedPerSecond: 19.9,
  placedToDecided: { p50: 27, p95: 35, p99: 61 },
  undecided: 3,
  oldestUndecidedSeconds: 0.04,
};
const waiting = {
  orderId: EXAMPLE_IDS.orderId,
  kind: 'pay',
  attempts: 2,
  stuck: false,
  lastError: '14 UNAVAILABLE: connection refused',
  createdAt: '2026-11-22T21:04:36.889Z',
  dueAt: '2026-11-22T21:04:39.412Z',
};
const invariant = {
  id: 'I1',
  title: 'A balance is its credits less its debits, and never negative',
  state: 'ok',
  checked: 1204,
  checkedAt: '2026-11-22T21:04:38.000Z',
  fullPassAt: '2026-11-22T21:04:33.000Z',
  breaches: 0,
  examples: [],
};
const reading = {
  at: '2026-11-22T21:04:40.000Z',
  flow,
  outboxPending: 1,
  outboxOldestAgeSeconds: 3.1,
  consumerLag: 0,
  deadLetters: 0,
  invariants: 'ok',
  ready: { orders: true, payments: true, workflows: false },
};

export const systemExamples: Examples = {
  getSystem: {
    reply: {
      processes,
      flow,
      outbox: { pending: 1, stuck: 0, oldestAgeSeconds: 3.1, failing: [waiting] },
      consumerLag: 0,
      deadLetters: 0,
      invariants: [invariant],
    },
  },
  getSystemHistory: { reply: { readings: [reading] } },
  redrive: {
    body: { deadLetters: true, reason: 'Temporal is back' },
    reply: { rows: 1, deadLetters: 2, deadLettersLeft: 0 },
  },
  listDeadLetters: {
    reply: {
      deadLetters: [
        {
          partition: 0,
          offset: 17,
          at: '2026-11-22T18:51:26.000Z',
          key: EXAMPLE_IDS.orderId,
          code: 'unknown_order',
          reason: 'there is no such order',
          source: 'payment-status.v1/3/1200',
        },
      ],
      deadLettersLeft: 0,
    },
  },
  skipDeadLetters: {
    body: { partition: 0, offset: 17, reason: 'Another team sent it by mistake', as: 'Ada' },
    reply: { skipped: 1 },
  },
  reconcile: {
    body: { since: '2026-11-22T00:00:00.000Z', dryRun: true },
    reply: {
      compared: 1000,
      waiting: 3,
      findings: [
        {
          orderId: EXAMPLE_IDS.orderId,
          kind: 'event_lost',
          detail: 'the order is created, and payments decided completed',
        },
      ],
      reported: 0,
      notReported: 'this is a dry run',
      nextCursor: EXAMPLE_IDS.orderId,
    },
  },
  exportSettlements: {
    reply:
      'settledAt,kind,orderId,userId,refundId,amount,currency,currencyDigits\r\n' +
      `2026-11-22T21:04:36.908Z,debit,${EXAMPLE_IDS.orderId},${EXAMPLE_IDS.userId},,1999,{currency},{currencyDigits}\r\n`,
  },
  restoreOrder: {
    body: { orderId: EXAMPLE_IDS.orderId, reason: 'Orders was restored from a backup', as: 'Ada' },
    reply: { restored: true },
  },
  listOperatorActions: {
    reply: {
      items: [
        {
          actionId: '7',
          at: '2026-11-22T21:12:40.215Z',
          actor: '3f1c2b7e-52d7-4a39-9d0b-8f3a2a1f6b11',
          as: 'Ada',
          action: 'restore_order',
          orderId: EXAMPLE_IDS.orderId,
          reason: 'Orders was restored from a backup',
          detail: {},
        },
      ],
      nextCursor: null,
    },
  },
};
