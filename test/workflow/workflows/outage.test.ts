import assert from 'node:assert/strict';
import type { WorkflowHandle } from '@temporalio/client';
import { fetchHistory, outline } from '#test/support/workflow/histories.ts';
import { completed, dueOrder, openTimeSkippingServer } from '#test/support/workflow/time-skipping.ts';
import type { TimeSkippingServer } from '#test/support/workflow/time-skipping.ts';

/** What the Web UI shows of the one activity that a workflow waits for. */
async function pendingActivity(handle: WorkflowHandle) {
  const { raw } = await handle.describe();
  assert.equal(raw.pendingActivities?.length, 1);
  const [activity] = raw.pendingActivities;
  return {
    type: activity?.activityType?.name,
    attempt: activity?.attempt ?? 0,
    failure: activity?.lastFailure?.message,
  };
}

describe('the payment workflow in an outage', function () {
  this.timeout(90_000);
  let server: TimeSkippingServer;
  before(async () => {
    server = await openTimeSkippingServer();
  });
  after(async () => server[Symbol.asyncDispose]());

  it('waits hours for payments, shows why meanwhile, and pays when it is back', async () => {
    const order = dueOrder();
    let away = true;
    let debits = 0;
    let reports = 0;
    const worker = await server.worker({
      async debit() {
        if (away) throw new Error('payments are away');
        debits += 1;
        return completed(order);
      },
      async report() {
        reports += 1;
      },
    });
    await worker.runUntil(async () => {
      await server.start(order);
      await server.sleep('2 hours');
      const { attempt, ...pending } = await pendingActivity(server.payment(order));
      assert.deepEqual(pending, { type: 'debit', failure: 'payments are away' });
      // Every 5 s at most, so that the end of an outage is noticed soon.
      assert.ok(attempt > 1_000, `tried ${attempt} times in two hours`);
      away = false;
      assert.deepEqual(await server.result(order), completed(order));
    });
    assert.deepEqual([debits, reports], [1, 1]);
    assert.deepEqual(outline(await fetchHistory(server.payment(order))), [
      'workflow task',
      'failed locally: Debit 12.50 EUR',
      'ordinary activity: Debit 12.50 EUR',
      'workflow task',
      'done locally: Report completed',
      'completed',
    ]);
  });

  it('waits hours for Kafka without deciding again, and reports when it is back', async () => {
    const order = dueOrder();
    let away = true;
    let debits = 0;
    let reports = 0;
    const worker = await server.worker({
      async debit() {
        debits += 1;
        return completed(order);
      },
      async report() {
        if (away) throw new Error('Kafka is away');
        reports += 1;
      },
    });
    await worker.runUntil(async () => {
      await server.start(order);
      await server.sleep('1 hour');
      const { attempt, ...pending } = await pendingActivity(server.payment(order));
      assert.deepEqual(pending, { type: 'report', failure: 'Kafka is away' });
      assert.ok(attempt > 500, `tried ${attempt} times in an hour`);
      away = false;
      assert.deepEqual(await server.result(order), completed(order));
    });
    assert.deepEqual([debits, reports], [1, 1]);
    assert.deepEqual(outline(await fetchHistory(server.payment(order))), [
      'workflow task',
      'done locally: Debit 12.50 EUR',
      'failed locally: Report completed',
      'ordinary activity: Report completed',
      'workflow task',
      'completed',
    ]);
  });
});
