// The histories that replay.test.ts holds the workflows to are recorded here, on a real server:
//   RECORD_HISTORIES=v2 npm test -- test/workflow/workflows/record-histories.test.ts
// Record a new version whenever a workflow changes on purpose, and keep the old: such workflows may be running still.
import assert from 'node:assert/strict';
import type { DecisionPayload } from '#contracts/values/decision.ts';
import { openDevServer } from '#test/support/workflow/dev-server.ts';
import type { DevServer } from '#test/support/workflow/dev-server.ts';
import { fetchHistory, outline } from '#test/support/workflow/histories.ts';
import { startOrder } from '#test/support/workflow/start-order.ts';
import { writeHistory } from '#test/support/workflow/stored-histories.ts';
import { completed, dueOrder } from '#test/support/workflow/time-skipping.ts';
import type { PaymentActivities } from '#workflows/payment/activities.ts';

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

interface Scenario {
  readonly kind?: 'pay' | 'cancel';
  readonly activities: Partial<PaymentActivities>;
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

describe('a workflow on a real server', function () {
  this.timeout(90_000);
  let server: DevServer;
  before(async () => {
    server = await openDevServer();
  });
  after(async () => server[Symbol.asyncDispose]());

  for (const [name, scenario] of Object.entries(scenarios)) {
    it(`has the history expected of it: ${name}`, async () => {
      const worker = await server.worker(scenario.activities);
      const history = await worker.runUntil(async () => {
        const kind = scenario.kind ?? 'pay';
        const { startedEagerly } = await startOrder(server.client.workflow, order, kind);
        assert.equal(startedEagerly, true);
        const id = `${kind === 'pay' ? 'order' : 'cancel'}-${order.orderId}`;
        const workflow = server.client.workflow.getHandle(id);
        await workflow.result();
        return fetchHistory(workflow);
      });
      assert.deepEqual(outline(history), scenario.outline);
      const version = process.env['RECORD_HISTORIES'];
      if (version) writeHistory(version, name, history);
    });
  }
});
