import assert from 'node:assert/strict';
import { ApiProblem } from '@gozon/client';
import type { TimelineReply } from '#contracts/http/orders-api.ts';
import { withSharedSystem } from '#test/support/system/shared-system.ts';
import { openCustomer } from '#tools/testbed/customers.ts';
import { eventually } from '#tools/testbed/eventually.ts';

describe('the timeline of an order', function () {
  this.timeout(90_000);
  const system = withSharedSystem();

  it('is refused to a customer who asks for many at once, and to nobody else', async () => {
    const [greedy, other] = [await openCustomer(system(), 100n), await openCustomer(system(), 100n)];
    const { orderId } = await greedy.placeOrder({ amount: 1n });
    const others = await other.placeOrder({ amount: 1n });
    const asked = await Promise.allSettled(Array.from({ length: 30 }, async () => greedy.timeline(orderId)));
    const refusals = asked.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
    assert.ok(refusals.length > 0);
    for (const refusal of refusals) {
      assert.ok(refusal instanceof ApiProblem);
      assert.deepEqual([refusal.code, refusal.status, refusal.retryAfter], ['rate_limited', 429, 1_000]);
    }
    assert.equal((await other.timeline(others.orderId)).orderId, others.orderId);
  });

  it('tells in order what each component did for the payment and for the refund', async () => {
    const customer = await openCustomer(system(), 5_000n);
    const { orderId } = await customer.placeOrder({ amount: 2_000n });
    await eventually('it to be paid', async () => (await customer.order(orderId)).status === 'paid');
    await customer.cancelOrder(orderId);
    const { entries, missing } = await eventually('both workflows to have ended', async () => {
      if ((await customer.order(orderId)).status !== 'refunded') return false;
      const timeline = await customer.timeline(orderId);
      const runs = timeline.entries.filter(({ component }) => component === 'temporal');
      return runs.length === 2 && runs.every(({ until }) => until !== null) && timeline;
    });
    assert.deepEqual(missing, []);
    assert.deepEqual(
      entries.map(({ at }) => at),
      entries.map(({ at }) => at).toSorted(),
    );
    assert.deepEqual(toldBy({ entries }), {
      http: ['order_placed', 'cancel_requested'],
      orders: [
        'status_changed created',
        'status_changed paid',
        'cancel_stored paid',
        'status_changed refunded',
      ],
      outbox: ['written pay', 'written cancel'],
      relay: ['workflow_started pay', 'workflow_started cancel'],
      temporal: ['workflow_run payOrder', 'workflow_run cancelOrder'],
      worker: ['debit', 'report', 'cancel', 'report'],
      payments: ['decided completed'],
      ledger: ['posted customer', 'posted sales', 'posted customer', 'posted sales'],
      kafka: ['event_consumed payment.completed', 'event_consumed payment.refunded'],
      consumer: ['event_applied paid', 'event_applied refunded'],
    });
  });

  it('tells of a hold, what its workflow waits for, its capture in part and a refund', async () => {
    const customer = await openCustomer(system(), 5_000n);
    const { orderId } = await customer.placeOrder({
      amount: 2_000n,
      captureMethod: 'manual',
      captureWithin: 3_600,
    });
    const has = async (status: string) => (await customer.order(orderId)).status === status;
    await eventually('it to be authorized', async () => has('authorized'));
    const waiting = await eventually('the workflow to wait', async () =>
      (await customer.timeline(orderId)).entries.find(({ what }) => what === 'timer'),
    );
    const { captureBefore } = await customer.order(orderId);
    assert.ok(waiting.what === 'timer' && waiting.until === null && waiting.detail.outcome === 'waiting');
    assert.equal(waiting.detail.summary, `Until the hold ends: ${captureBefore}`);
    const early = Date.parse(captureBefore ?? '') - Date.parse(waiting.detail.firesAt);
    assert.ok(Math.abs(early) < 60_000, `it waits until ${waiting.detail.firesAt}`);

    await customer.captureOrder(orderId, { amount: 1_200n });
    await eventually('it to be paid', async () => has('paid'));
    await customer.refundOrder(orderId, { amount: 500n });
    const { entries, missing } = await eventually('both workflows to have ended', async () => {
      if ((await customer.order(orderId)).amountRefunded !== 500n) return false;
      const timeline = await customer.timeline(orderId);
      const runs = timeline.entries.filter(({ what }) => what === 'workflow_run');
      return runs.length === 2 && runs.every(({ until }) => until !== null) && timeline;
    });
    assert.deepEqual(missing, []);
    assert.deepEqual(toldBy({ entries }), {
      http: ['order_placed', 'capture_requested', 'refund_requested'],
      orders: [
        'status_changed created',
        'status_changed authorized',
        'capture_stored authorized',
        'status_changed paid',
        'part_refunded paid',
      ],
      outbox: ['written authorize', 'written capture', 'written refund'],
      relay: ['workflow_started authorize', 'workflow_signalled capture', 'workflow_started refund'],
      temporal: ['workflow_run payOrder', 'timer', 'signal', 'workflow_run refundOrder'],
      worker: ['authorize', 'report', 'capture', 'report', 'refund', 'report'],
      payments: ['decided authorized'],
      ledger: [
        'posted customer',
        'posted held',
        'posted held',
        'posted sales',
        'posted customer',
        'posted held',
        'posted customer',
        'posted sales',
      ],
      kafka: [
        'event_consumed payment.authorized',
        'event_consumed payment.captured',
        'event_consumed payment.refunded',
      ],
      consumer: ['event_applied authorized', 'event_applied paid', 'event_applied paid'],
    });
    assert.deepEqual(
      entries.flatMap((one) => (one.what === 'event_applied' ? [[one.detail.type, one.detail.amount]] : [])),
      [
        ['payment.authorized', 2_000n],
        ['payment.captured', 1_200n],
        ['payment.refunded', 500n],
      ],
    );
    assert.deepEqual(
      entries.flatMap(({ component, detail }) =>
        component === 'http' ? ['amount' in detail ? detail.amount : undefined] : [],
      ),
      [undefined, 1_200n, 500n],
    );
  });

  it('tells that a hold ended, and that its timer did', async () => {
    const customer = await openCustomer(system(), 5_000n);
    const { orderId } = await customer.placeOrder({
      amount: 2_000n,
      captureMethod: 'manual',
      captureWithin: 2,
    });
    await eventually(
      'it to be cancelled',
      async () => (await customer.order(orderId)).status === 'cancelled',
    );
    // What a worker did is told once its task has ended, after what it reported.
    const entries = await eventually('its worker to be told of', async () => {
      const timeline = await customer.timeline(orderId);
      return toldBy(timeline)['worker']?.includes('expire') && timeline.entries;
    });
    const told = toldBy({ entries });
    assert.deepEqual(told['orders'], [
      'status_changed created',
      'status_changed authorized',
      'hold_ended authorized',
      'status_changed cancelled',
    ]);
    assert.ok(entries.some((entry) => entry.what === 'timer' && entry.detail.outcome === 'fired'));
  });

  it('tells of a decline without a posting', async () => {
    const customer = await openCustomer(system(), 0n);
    const { orderId } = await customer.placeOrder({ amount: 2_000n });
    await eventually('it to be declined', async () => (await customer.order(orderId)).status === 'failed');
    const told = toldBy(await customer.timeline(orderId));
    assert.deepEqual(told['payments'], ['decided declined']);
    assert.equal(told['ledger'], undefined);
    assert.deepEqual(told['orders'], ['status_changed created', 'status_changed failed']);
  });

  it('tells how long a workflow could not be started, and why', async () => {
    const customer = await openCustomer(system(), 5_000n);
    const { orderId } = await customer.placeOrder({ amount: 2_000n });
    await eventually('it to be paid', async () => (await customer.order(orderId)).status === 'paid');
    await eventually('it to be marked as started, and then not any more', async () => {
      const { rowCount } = await system().ordersDb.query(
        `update outbox set dispatched_at = null, attempts = 3, last_error = 'Temporal says no', due_at = now()
         where order_id = $1 and dispatched_at is not null`,
        [orderId],
      );
      return rowCount === 1;
    });
    const { at, until, detail } = await eventually('it to be started again', async () =>
      (await customer.timeline(orderId)).entries.find((entry) => entry.what === 'workflow_started'),
    );
    const { attempts, lastError } = detail;
    assert.deepEqual({ attempts, lastError }, { attempts: 4, lastError: 'Temporal says no' });
    assert.ok(until && until > at, `${at} to ${until}`);
  });

  it('names each component that cannot be asked, and tells the rest', async () => {
    const customer = await openCustomer(system(), 5_000n);
    const { orderId } = await customer.placeOrder({ amount: 2_000n });
    await eventually('it to be paid', async () => (await customer.order(orderId)).status === 'paid');
    await system().service('payments').terminate();
    await system().service('workflows').terminate();
    const timeline = await customer.timeline(orderId);
    assert.deepEqual(timeline.missing.map(({ component }) => component).toSorted(), ['payments', 'temporal']);
    assert.deepEqual(toldBy(timeline)['orders'], ['status_changed created', 'status_changed paid']);
  });
});

/** What each component told, in order, with the one word of its detail that says which. */
function toldBy({ entries }: Pick<TimelineReply, 'entries'>): Record<string, string[]> {
  const told: Record<string, string[]> = {};
  for (const { component, what, ...entry } of entries) {
    const detail: Readonly<Record<string, unknown>> = { ...entry.detail };
    const which = [detail['status'], detail['kind'], detail['type'], detail['outcome'], detail['account']];
    const word =
      component === 'temporal'
        ? detail['type']
        : component === 'ledger'
          ? detail['account']
          : which.find(Boolean);
    (told[component] ??= []).push([what, word].filter(Boolean).join(' '));
  }
  return told;
}
