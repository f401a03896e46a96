// The histories that replay.test.ts holds the workflows to are recorded here, on a real server:
//   RECORD_HISTORIES=v2 npm test -- test/workflow/workflows/record-histories.test.ts
// Record a new version whenever a workflow changes on purpose, and keep the old: such workflows may be running still.
import assert from 'node:assert/strict';
import type { CancelPayload, DecisionPayload, FactPayload } from '#contracts/values/decision.ts';
import type { CancellationReason, PaymentEventType } from '#contracts/values/order-status.ts';
import { openDevServer } from '#test/support/workflow/dev-server.ts';
import type { DevServer } from '#test/support/workflow/dev-server.ts';
import { fetchHistory, outline } from '#test/support/workflow/histories.ts';
import { startOrder, workflowIdOf } from '#test/support/workflow/start-order.ts';
import { writeHistory } from '#test/support/workflow/stored-histories.ts';
import { completed, dueOrder } from '#test/support/workflow/time-skipping.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import type { OrderToHold, OrderToPay, PaymentActivities } from '#workflows/payment/activities.ts';

const order = dueOrder();
const declined: DecisionPayload = { ...completed(order), outcome: 'declined', reason: 'insufficient_funds' };

/** One attempt more than the workflow makes locally. */
function failsLocally<Arguments extends unknown[], Result>(
  succeed: (...input: Arguments) => Promise<Result>,
) {
  let failures = 0;
  return async (...input: Arguments): Promise<Result> => {
    if (failures++ < 3) throw new Error('the connection broke');
    return succeed(...input);
  };
}

const debit = async () => completed(order);
const report = async () => {};

const cancel = async () => ({ decision: completed(order), refundedAt: '2026-03-01T12:00:05.000Z' });

const held: OrderToHold = {
  ...order,
  captureMethod: 'manual',
  captureWithin: 604_800,
  signature: 'of the hold',
};

function fact(type: PaymentEventType, details: Partial<FactPayload> = {}): FactPayload {
  const { orderId, userId, amount, currency } = order;
  const time = '2026-03-01T12:00:00.000Z';
  return { type, orderId, userId, amount, currency, time, signature: `of ${type}`, ...details };
}

const END = '2100-01-01T00:00:00.000Z';
const authorized = fact('payment.authorized', { captureBefore: END });
const captured = fact('payment.captured', { amountCaptured: '400' });
const capture = { amount: '400', requestedAt: '2026-03-01T12:00:05.000Z', signature: 'of the capture' };
const wish = (reason: CancellationReason): CancelPayload => ({
  reason,
  refund: '0',
  signature: 'of the cancel',
});
const released = (reason: CancellationReason) => ({ fact: fact('payment.released', { reason }) });
const refunded = fact('payment.refunded', {
  refundId: order.userId,
  refundAmount: '100',
  amountCaptured: '400',
  amountRefunded: '100',
});
const { traceparent } = order;

interface Scenario {
  readonly kind?: 'pay' | 'authorize' | 'cancel' | 'refund';
  readonly input?: OrderToPay;
  readonly activities: Partial<PaymentActivities>;
  /** While it waits. */
  readonly signal?: readonly [name: string, wish: object];
  readonly outline: readonly string[];
}

const scenarios: Record<string, Scenario> = {
  paid: {
    activities: { debit, report },
    outline: [
      'workflow task',
      'done locally: Debit 12.50 EUR',
      'done locally: Report completed',
      'completed',
    ],
  },
  declined: {
    activities: { debit: async () => declined, report },
    outline: [
      'workflow task',
      'done locally: Debit 12.50 EUR',
      'done locally: Report declined: insufficient_funds',
      'completed',
    ],
  },
  'debit-in-an-outage': {
    activities: { debit: failsLocally(debit), report },
    outline: [
      'workflow task',
      'failed locally: Debit 12.50 EUR',
      'ordinary activity: Debit 12.50 EUR',
      'workflow task',
      'done locally: Report completed',
      'completed',
    ],
  },
  'report-in-an-outage': {
    activities: { debit, report: failsLocally(report) },
    outline: [
      'workflow task',
      'done locally: Debit 12.50 EUR',
      'failed locally: Report completed',
      'ordinary activity: Report completed',
      'workflow task',
      'completed',
    ],
  },
  refunded: {
    kind: 'cancel',
    activities: { cancel, report },
    outline: [
      'workflow task',
      'done locally: Cancel 12.50 EUR',
      'done locally: Report refunded',
      'completed',
    ],
  },
  'cancel-in-an-outage': {
    kind: 'cancel',
    activities: { cancel: failsLocally(cancel), report },
    outline: [
      'workflow task',
      'failed locally: Cancel 12.50 EUR',
      'ordinary activity: Cancel 12.50 EUR',
      'workflow task',
      'done locally: Report refunded',
      'completed',
    ],
  },
};

const holds: Record<string, Scenario> = {
  captured: {
    kind: 'authorize',
    input: held,
    activities: { authorize: async () => [authorized], capture: async () => [authorized, captured], report },
    signal: ['capture', { capture, traceparent }],
    outline: [
      'workflow task',
      'done locally: Reserve 12.50 EUR',
      `timer: Until the hold ends: ${END}`,
      'done locally: Report authorized',
      'signal: capture',
      'workflow task',
      'done locally: Capture 4.00 EUR of 12.50 EUR',
      'done locally: Report captured 4.00 EUR',
      'completed',
    ],
  },
  released: {
    kind: 'authorize',
    input: held,
    activities: { authorize: async () => [authorized], cancel: async () => released('requested'), report },
    signal: ['release', { cancel: wish('requested'), traceparent }],
    outline: [
      'workflow task',
      'done locally: Reserve 12.50 EUR',
      `timer: Until the hold ends: ${END}`,
      'done locally: Report authorized',
      'signal: release',
      'workflow task',
      'done locally: Release 12.50 EUR: requested',
      'done locally: Report released: requested',
      'completed',
    ],
  },
  expired: {
    kind: 'authorize',
    input: held,
    activities: {
      authorize: async () => [fact('payment.authorized', { captureBefore: '2026-03-01T12:00:00.000Z' })],
      expire: async () => ({ state: 'expired', cancel: wish('expired') }),
      cancel: async () => released('expired'),
      report,
    },
    outline: [
      'workflow task',
      'done locally: Reserve 12.50 EUR',
      'timer: Until the hold ends: 2026-03-01T12:00:00.000Z',
      'done locally: Report authorized',
      'workflow task',
      'done locally: Ask orders whether the hold has ended',
      'done locally: Release 12.50 EUR: expired',
      'done locally: Report released: expired',
      'completed',
    ],
  },
  'capture-in-an-outage': {
    kind: 'authorize',
    input: held,
    activities: {
      authorize: async () => [authorized],
      capture: failsLocally(async () => [authorized, captured]),
      report,
    },
    signal: ['capture', { capture, traceparent }],
    outline: [
      'workflow task',
      'done locally: Reserve 12.50 EUR',
      `timer: Until the hold ends: ${END}`,
      'done locally: Report authorized',
      'signal: capture',
      'workflow task',
      'failed locally: Capture 4.00 EUR of 12.50 EUR',
      'ordinary activity: Capture 4.00 EUR of 12.50 EUR',
      'workflow task',
      'done locally: Report captured 4.00 EUR',
      'completed',
    ],
  },
  'refund-of-a-part': {
    kind: 'refund',
    input: { ...order, refundId: order.userId, refund: '100', signature: 'of the refund' } as OrderToPay,
    activities: { refund: async () => refunded, report },
    outline: [
      'workflow task',
      'done locally: Refund 1.00 EUR',
      'done locally: Report refunded 1.00 EUR',
      'completed',
    ],
  },
};

describe('a workflow on a real server', function () {
  this.timeout(90_000);
  let server: DevServer;
  before(async () => {
    server = await openDevServer();
  });
  after(async () => server[Symbol.asyncDispose]());

  for (const [name, scenario] of Object.entries({ ...scenarios, ...holds })) {
    it(`has the history expected of it: ${name}`, async () => {
      const worker = await server.worker(scenario.activities);
      const history = await worker.runUntil(async () => {
        const kind = scenario.kind ?? 'pay';
        const { startedEagerly } = await startOrder(server.client.workflow, scenario.input ?? order, kind);
        assert.equal(startedEagerly, true);
        const workflow = server.client.workflow.getHandle(workflowIdOf(kind, order.orderId));
        if (scenario.signal) {
          await eventually('the workflow to wait', async () =>
            outline(await fetchHistory(workflow)).some((line) => line.startsWith('timer')),
          );
          await workflow.signal(...scenario.signal);
        }
        await workflow.result();
        return fetchHistory(workflow);
      });
      assert.deepEqual(outline(history), scenario.outline);
      const version = process.env['RECORD_HISTORIES'];
      if (version) writeHistory(version, name, history);
    });
  }
});
