import assert from 'node:assert/strict';
import type { CancelPayload, FactPayload } from '#contracts/values/decision.ts';
import { fetchHistory, outline } from '#test/support/workflow/histories.ts';
import { dueOrder, openTimeSkippingServer } from '#test/support/workflow/time-skipping.ts';
import type { TimeSkippingServer } from '#test/support/workflow/time-skipping.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import type { Expiry, OrderToHold, PaymentActivities, ToReport } from '#workflows/payment/activities.ts';

/** In s. */
const CAPTURE_WITHIN = 604_800;

const capture = { amount: '400', requestedAt: '2026-03-01T12:00:00.000Z', signature: 'of the capture' };
const cancel: CancelPayload = { reason: 'requested', refund: '0', signature: 'of the cancel' };
const end: CancelPayload = { reason: 'expired', refund: '0', signature: 'of the end' };
const TRACE = '00-1af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

describe('the workflow of a hold', function () {
  this.timeout(90_000);
  let server: TimeSkippingServer;
  before(async () => {
    server = await openTimeSkippingServer();
  });
  after(async () => server[Symbol.asyncDispose]());

  const orderToHold = (): OrderToHold => ({
    ...dueOrder(),
    captureMethod: 'manual',
    captureWithin: CAPTURE_WITHIN,
    signature: 'of the hold',
  });
  const factOf = (
    order: OrderToHold,
    fact: Partial<FactPayload> & Pick<FactPayload, 'type'>,
  ): FactPayload => ({
    orderId: order.orderId,
    userId: order.userId,
    amount: order.amount,
    currency: order.currency,
    time: '2026-03-01T12:00:00.000Z',
    signature: `of ${fact.type}`,
    ...fact,
  });
  /** When the hold ends, by the server's clock, which runs ahead of ours. */
  const holdOf = async (order: OrderToHold): Promise<FactPayload> => {
    const now = await server.now();
    const captureBefore = new Date(now + CAPTURE_WITHIN * 1_000).toISOString();
    return factOf(order, { type: 'payment.authorized', captureBefore });
  };
  const captured = (order: OrderToHold) =>
    factOf(order, { type: 'payment.captured', amountCaptured: capture.amount });
  const released = (order: OrderToHold, reason: 'requested' | 'expired') =>
    factOf(order, { type: 'payment.released', reason });

  /** Runs the workflow to its end; `during` acts once the money is reserved and that is reported. */
  async function hold(
    order: OrderToHold,
    activities: Partial<PaymentActivities>,
    during: () => Promise<unknown> = async () => {},
  ) {
    const reports: ToReport[] = [];
    const worker = await server.worker({
      report: async (report) => void reports.push(report),
      ...activities,
    });
    return worker.runUntil(async () => {
      await server.start(order, 'authorize');
      await eventually('the report', () => reports.length > 0);
      await during();
      const result = (await server.payment(order).result()) as FactPayload;
      return { result, reports, history: await fetchHistory(server.payment(order)) };
    });
  }

  it('reserves and reports in one workflow task, waits, and captures what the signal says', async () => {
    const order = orderToHold();
    const authorized = await holdOf(order);
    const captures: unknown[] = [];
    const { result, reports, history } = await hold(
      order,
      {
        authorize: async () => [authorized],
        async capture({ capture: wish, traceparent }) {
          captures.push({ capture: wish, traceparent });
          return [authorized, captured(order)];
        },
      },
      async () => server.signal(order, 'capture', { capture, traceparent: TRACE }),
    );
    assert.deepEqual(captures, [{ capture, traceparent: TRACE }]);
    assert.deepEqual(result, captured(order));
    assert.deepEqual(reports, [
      { fact: authorized, traceparent: order.traceparent },
      { fact: captured(order), traceparent: TRACE },
    ]);
    assert.deepEqual(outline(history), [
      'workflow task',
      'done locally: Reserve 12.50 EUR',
      `timer: Until the hold ends: ${authorized.captureBefore}`,
      'done locally: Report authorized',
      'signal: capture',
      'workflow task',
      'done locally: Capture 4.00 EUR of 12.50 EUR',
      'done locally: Report captured 4.00 EUR',
      'completed',
    ]);
  });

  it('asks for the first capture that it hears of, however many signals come', async () => {
    const order = orderToHold();
    const authorized = await holdOf(order);
    const captures: string[] = [];
    const { result } = await hold(
      order,
      {
        authorize: async () => [authorized],
        async capture({ capture: wish }) {
          captures.push(wish.amount);
          return [authorized, captured(order)];
        },
      },
      async () => {
        for (const amount of ['400', '400', '500']) {
          const wish = { capture: { ...capture, amount }, traceparent: TRACE };
          // The workflow may have ended by then.
          await server.signal(order, 'capture', wish).catch(() => {});
        }
      },
    );
    // A signal that comes while a task runs makes the server take that task again: payments captures once.
    assert.deepEqual([...new Set(captures)], ['400']);
    assert.deepEqual(result, captured(order));
  });

  it('releases on a signal', async () => {
    const order = orderToHold();
    const authorized = await holdOf(order);
    const { result } = await hold(
      order,
      {
        authorize: async () => [authorized],
        cancel: async ({ cancel: wish }) => {
          assert.deepEqual(wish, cancel);
          return { fact: released(order, 'requested') };
        },
      },
      async () => server.signal(order, 'release', { cancel, traceparent: TRACE }),
    );
    assert.deepEqual(result, released(order, 'requested'));
  });

  it('asks orders when its time has come, and releases what orders says has ended', async () => {
    const order = orderToHold();
    const authorized = await holdOf(order);
    const asked: unknown[] = [];
    const { result, reports } = await hold(order, {
      authorize: async () => [authorized],
      async expire(ended) {
        asked.push(ended);
        return { state: 'expired', cancel: end };
      },
      async cancel({ cancel: wish }) {
        assert.deepEqual(wish, end);
        return { fact: released(order, 'expired') };
      },
    });
    const { captureBefore, signature } = authorized;
    const { orderId, traceparent } = order;
    assert.deepEqual(asked, [{ orderId, captureBefore, signature, traceparent }]);
    assert.deepEqual(result, released(order, 'expired'));
    assert.equal(reports.length, 2);
  });

  it('waits on when orders’ clock has not come to the end, an hour if need be', async () => {
    const order = orderToHold();
    const authorized = await holdOf(order);
    let asked = 0;
    const { result } = await hold(order, {
      authorize: async () => [authorized],
      async expire(): Promise<Expiry> {
        asked += 1;
        return asked < 60 ? { state: 'early' } : { state: 'expired', cancel: end };
      },
      cancel: async () => ({ fact: released(order, 'expired') }),
    });
    assert.equal(asked, 60);
    assert.equal(result.reason, 'expired');
  });

  it('waits for the signal of a capture that orders accepted just before the end', async () => {
    const order = orderToHold();
    const authorized = await holdOf(order);
    const asked = Promise.withResolvers<void>();
    const { result } = await hold(
      order,
      {
        authorize: async () => [authorized],
        async expire() {
          asked.resolve();
          return { state: 'asked' };
        },
        capture: async () => [authorized, captured(order)],
      },
      async () => {
        await server.sleep(CAPTURE_WITHIN * 1_000);
        await asked.promise;
        await server.signal(order, 'capture', { capture, traceparent: TRACE });
      },
    );
    assert.deepEqual(result, captured(order));
  });

  it('finds a hold closed that was closed without it', async () => {
    const order = orderToHold();
    const authorized = await holdOf(order);
    let looks = 0;
    const { result } = await hold(order, {
      authorize: async () => (looks++ === 0 ? [authorized] : [authorized, released(order, 'expired')]),
      expire: async () => ({ state: 'asked' }),
    });
    assert.deepEqual([result, looks], [released(order, 'expired'), 2]);
  });

  it('ends at once when it runs again for a hold that is closed', async () => {
    const order = orderToHold();
    const authorized = await holdOf(order);
    const { result } = await hold(order, { authorize: async () => [authorized, captured(order)] });
    assert.deepEqual(result, captured(order));
  });

  it('reserves nothing when it is declined', async () => {
    const order = orderToHold();
    const declined = factOf(order, { type: 'payment.declined', reason: 'insufficient_funds' });
    const { result, history } = await hold(order, { authorize: async () => [declined] });
    assert.deepEqual(result, declined);
    assert.deepEqual(outline(history), [
      'workflow task',
      'done locally: Reserve 12.50 EUR',
      'done locally: Report declined: insufficient_funds',
      'completed',
    ]);
  });

  it('reserves nothing when a cancel comes first', async () => {
    const order = orderToHold();
    const declined = factOf(order, { type: 'payment.declined', reason: 'cancelled' });
    const worker = await server.worker({ cancel: async () => ({ fact: declined }), report: async () => {} });
    await server.releaseOrStart(order, { cancel, traceparent: TRACE });
    const result = await worker.runUntil(async () => server.payment(order).result());
    assert.deepEqual(result, declined);
  });

  it('captures while Kafka is away, and reports both when it is back', async () => {
    const order = orderToHold();
    const authorized = await holdOf(order);
    let isAway = true;
    const reports: ToReport[] = [];
    const worker = await server.worker({
      authorize: async () => [authorized],
      async capture() {
        isAway = false;
        return [authorized, captured(order)];
      },
      async report(report) {
        if (isAway) throw new Error('Kafka is away');
        reports.push(report);
      },
    });
    await worker.runUntil(async () => {
      await server.start(order, 'authorize');
      await server.signal(order, 'capture', { capture, traceparent: TRACE });
      await server.payment(order).result();
    });
    assert.deepEqual(
      reports.map((report) => 'fact' in report && report.fact.type),
      ['payment.authorized', 'payment.captured'],
    );
  });
});
