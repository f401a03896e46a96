import assert from 'node:assert/strict';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { DecisionPayload } from '#contracts/values/decision.ts';
import { fetchHistory, inputOf, outline, resultOf } from '#test/support/workflow/histories.ts';
import type { History } from '#test/support/workflow/histories.ts';
import { completed, dueOrder, openTimeSkippingServer } from '#test/support/workflow/time-skipping.ts';
import type { TimeSkippingServer } from '#test/support/workflow/time-skipping.ts';
import type { ToReport, PaymentActivities } from '#workflows/payment/activities.ts';

describe('the payment workflow', function () {
  this.timeout(90_000);
  let server: TimeSkippingServer;
  before(async () => {
    server = await openTimeSkippingServer();
  });
  after(async () => server[Symbol.asyncDispose]());

  const order = dueOrder();

  async function pay(
    activities: Partial<PaymentActivities>,
  ): Promise<{ decision: DecisionPayload; history: History }> {
    const worker = await server.worker(activities);
    return worker.runUntil(async () => {
      await server.start(order);
      const decision = await server.result(order);
      return { decision, history: await fetchHistory(server.payment(order)) };
    });
  }

  it('debits and reports in a single workflow task', async () => {
    const reports: ToReport[] = [];
    const { decision, history } = await pay({
      debit: async () => completed(order),
      report: async (report) => void reports.push(report),
    });
    assert.deepEqual(decision, completed(order));
    assert.deepEqual(reports, [{ decision, traceparent: order.traceparent }]);
    assert.deepEqual(outline(history), [
      'workflow task',
      'done locally: Debit 12.50 EUR',
      'done locally: Report completed',
      'completed',
    ]);
  });

  it('reports a decline and returns it, as a result like any other', async () => {
    const declined: DecisionPayload = {
      ...completed(order),
      outcome: 'declined',
      reason: 'insufficient_funds',
    };
    const reports: ToReport[] = [];
    const { decision, history } = await pay({
      debit: async () => declined,
      report: async (report) => void reports.push(report),
    });
    assert.deepEqual(decision, declined);
    assert.deepEqual(reports, [{ decision: declined, traceparent: order.traceparent }]);
    assert.deepEqual(outline(history), [
      'workflow task',
      'done locally: Debit 12.50 EUR',
      'done locally: Report declined: insufficient_funds',
      'completed',
    ]);
  });

  it('stays a single workflow task when each step fails once', async () => {
    let debits = 0;
    let reports = 0;
    const { decision, history } = await pay({
      async debit() {
        if (++debits === 1) throw new Error('the connection broke');
        return completed(order);
      },
      async report() {
        if (++reports === 1) throw new Error('the connection broke');
      },
    });
    assert.deepEqual(decision, completed(order));
    assert.deepEqual([debits, reports], [2, 2]);
    assert.equal(outline(history).filter((event) => event === 'workflow task').length, 1);
    assert.equal(outline(history).at(-1), 'completed');
  });

  it('fails at once, without another attempt, when payments refuses what orders did not sign', async () => {
    let debits = 0;
    const worker = await server.worker({
      async debit() {
        debits += 1;
        throw ApplicationFailure.create({
          message: 'not signed',
          type: 'StepRefused',
          nonRetryable: true,
        });
      },
    });
    const history = await worker.runUntil(async () => {
      await server.start(order);
      await assert.rejects(server.result(order), WorkflowFailedError);
      return fetchHistory(server.payment(order));
    });
    assert.equal(debits, 1);
    assert.deepEqual(outline(history), ['workflow task', 'failed locally: Debit 12.50 EUR']);
  });

  it('has money as decimal strings in its input and its result, for payloads refuse bigint', async () => {
    const { history } = await pay({ debit: async () => completed(order), report: async () => {} });
    assert.deepEqual(inputOf(history), {
      orderId: order.orderId,
      userId: order.userId,
      amount: '1250',
      currency: 'EUR',
      traceparent: order.traceparent,
    });
    assert.deepEqual(resultOf(history), completed(order));
  });
});
