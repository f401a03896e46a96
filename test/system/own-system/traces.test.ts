import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Customer } from '@gozon/client';
import { PAYMENT_STATUS_TOPIC } from '#contracts/events/payment-events.ts';
import type { OrderReply } from '#contracts/http/orders-api.ts';
import { toJson } from '#contracts/values/to-json.ts';
import { startTestSystem, tellNoRepair } from '#test/support/system/test-system.ts';
import { openTraceCollector, treeOf } from '#test/support/system/trace-collector.ts';
import type { CollectedSpan, TraceCollector } from '#test/support/system/trace-collector.ts';
import { PAID, withoutStream } from '#test/support/system/trace-of-an-order.ts';
import { untilOrderDecided } from '#test/support/system/until-order-decided.ts';
import { SERVICE_NAMES } from '#tools/stack/components/service-environments.ts';
import type { ServiceName } from '#tools/stack/components/service-environments.ts';
import { openCustomer } from '#tools/testbed/customers.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import type { System } from '#tools/testbed/system.ts';

const RESERVED = `
gateway SERVER POST /api/orders
  gateway CLIENT POST /api/orders
    orders SERVER POST /api/orders
      orders CLIENT place_order
      workflows PRODUCER dispatch authorize
        workflows INTERNAL workflow payOrder
          workflows INTERNAL activity authorize
            workflows CLIENT authorize
          workflows INTERNAL activity report
            workflows PRODUCER send payment-status.v1
              orders CONSUMER process payment-status.v1
                orders CLIENT insert inbox
                orders INTERNAL stream order`;

/** The workflow is that of the order, and belongs to its trace. */
const CAPTURED = `
gateway SERVER POST /api/orders/:orderId/capture
  gateway CLIENT POST /api/orders/:orderId/capture
    orders SERVER POST /api/orders/:orderId/capture
      orders CLIENT request_capture
      workflows PRODUCER dispatch capture
        workflows INTERNAL activity capture
          workflows CLIENT capture
        workflows INTERNAL activity report
          workflows PRODUCER send payment-status.v1
            orders CONSUMER process payment-status.v1
              orders CLIENT insert inbox
              orders INTERNAL stream order`;

const REFUNDED = `
gateway SERVER POST /api/orders/:orderId/refunds
  gateway CLIENT POST /api/orders/:orderId/refunds
    orders SERVER POST /api/orders/:orderId/refunds
      orders CLIENT request_refund
      workflows PRODUCER dispatch refund
        workflows INTERNAL workflow refundOrder
          workflows INTERNAL activity refund
            workflows CLIENT refund
          workflows INTERNAL activity report
            workflows PRODUCER send payment-status.v1
              orders CONSUMER process payment-status.v1
                orders CLIENT insert inbox
                orders INTERNAL stream order`;

const COMPLAINT = 'OpenTelemetry complains: spans may be lost';

describe('the trace', function () {
  this.timeout(180_000);
  let system: System;
  let collector: TraceCollector;
  let customer: Customer;
  before('a system that records traces', async () => {
    collector = await openTraceCollector();
    system = await startTestSystem({
      tell: (name) => ({ ...tellNoRepair(name), ...collector.environment() }),
    });
    customer = await openCustomer(system, 10_000n);
  });
  after(async () => {
    await system?.[Symbol.asyncDispose]();
    await collector?.[Symbol.asyncDispose]();
  });

  it('of an order leads from the gateway through every part to the stream', async () => {
    await using stream = await customer.follow();
    const { traceId } = await post('/api/orders', { amount: 5 });
    for await (const { order } of stream) if (order.status === 'paid') break;
    const tree = await untilTraceIs(traceId, PAID);
    console.log(`${tree.replaceAll(/^/gm, '      ')}\n`);
  });

  it('of a capture and of a refund is one of its own, and that of the order ends with its workflow', async () => {
    await using stream = await customer.follow();
    const placed = await post('/api/orders', { amount: 100, captureMethod: 'manual' });
    const { orderId } = placed.body as OrderReply;
    const statuses = { authorized: placed.traceId, captured: '', refunded: '' };
    for await (const { order } of stream) {
      if (order.status === 'authorized' && order.captureRequestedAt === null) {
        statuses.captured = (await post(`/api/orders/${orderId}/capture`, { amount: 60 })).traceId;
      }
      if (order.status === 'paid' && statuses.refunded === '') {
        statuses.refunded = (await post(`/api/orders/${orderId}/refunds`, { amount: 60 })).traceId;
      }
      if (order.status === 'refunded') break;
    }
    await untilTraceIs(statuses.authorized, RESERVED);
    await untilTraceIs(statuses.captured, CAPTURED);
    await untilTraceIs(statuses.refunded, REFUNDED);
  });

  it('of a client goes on below its span, with its tracestate, up to the record and the event', async () => {
    const [traceId, spanId] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
    const tracestate = 'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE';
    const { headers, body } = await post(
      '/api/orders',
      { amount: 5 },
      { traceparent: `00-${traceId}-${spanId}-01`, tracestate, baggage: 'user=alice' },
    );
    await untilTraceIs(traceId, withoutStream(PAID));
    const spans = spansOf(traceId);
    assert.deepEqual([...new Set(spans.map((span) => span.traceState))], [tracestate]);
    const first = spans.find(({ service, kind }) => service === 'gateway' && kind === 'SERVER');
    assert.equal(first?.parentSpanId, spanId);
    assert.equal(headers['traceparent'], contextOf(traceId, 'gateway SERVER POST /api/orders'));
    const [record] = await recordsOf((body as OrderReply).orderId);
    const { traceparent, tracestate: state } = JSON.parse(record?.value ?? '') as Record<string, string>;
    assert.deepEqual(
      [traceparent, state],
      [contextOf(traceId, 'workflows INTERNAL workflow payOrder'), tracestate],
    );
    assert.deepEqual(record?.headers, {
      'content-type': 'application/cloudevents+json; charset=UTF-8',
      traceparent: contextOf(traceId, 'workflows PRODUCER send payment-status.v1'),
      tracestate,
    });
  });

  it('that its client does not record is handed on, and nobody records it', async () => {
    const traceId = randomBytes(16).toString('hex');
    const { headers, body } = await post(
      '/api/orders',
      { amount: 5 },
      { traceparent: `00-${traceId}-00f067aa0ba902b7-00` },
    );
    const { orderId } = body as OrderReply;
    await untilOrderDecided(customer, orderId);
    assert.match(String(headers['traceparent']), new RegExp(`^00-${traceId}-(?!00f067aa0ba902b7).{16}-00$`));
    const [record] = await recordsOf(orderId);
    assert.match(String(record?.headers['traceparent']), new RegExp(`^00-${traceId}-.{16}-00$`));
    // What comes later would have come by now.
    const later = await post('/api/orders', { amount: 5 });
    await untilTraceIs(later.traceId, withoutStream(PAID));
    assert.deepEqual(spansOf(traceId), []);
  });

  it('is in each line of the logs, with the span', async () => {
    const { traceId } = await post('/api/orders', { amount: 5 });
    await untilTraceIs(traceId, withoutStream(PAID));
    for (const service of ['gateway', 'orders'] as const) {
      const span = contextOf(traceId, `${service} SERVER POST /api/orders`);
      const [line, ...more] = await eventually(`${service} to have logged it`, () => {
        const lines = linesOf(service).filter((one) => one['trace_id'] === traceId);
        return lines.length > 0 && lines;
      });
      assert.deepEqual(more, []);
      assert.deepEqual([line?.['msg'], line?.['span_id']], ['request', span.slice(36, 52)]);
    }
  });

  it('of each order of a batch goes through its consumer, and is linked to the batch', async () => {
    await system.links.ordersToKafka.cut();
    // Twice as many as there are partitions: one of them gets two at least.
    const placed = await Promise.all(
      Array.from({ length: 2 * PAYMENT_STATUS_TOPIC.partitions }, async () =>
        post('/api/orders', { amount: 5 }),
      ),
    );
    await eventually('all to be reported', async () => {
      const reported = await Promise.all(
        placed.map(async ({ body }) => recordsOf((body as OrderReply).orderId)),
      );
      return reported.every((records) => records.length > 0);
    });
    await system.links.ordersToKafka.heal();
    const processed = await eventually('each to be processed', () =>
      placed.map(({ traceId }) => {
        const span = spansOf(traceId).find(({ kind }) => kind === 'CONSUMER');
        assert.ok(span, treeOf(spansOf(traceId)).join('\n'));
        return span;
      }),
    );
    const batches = collector.spans.filter(
      (span) => span.kind === 'CONSUMER' && span.parentSpanId === undefined,
    );
    assert.ok(batches.length > 0);
    for (const batch of batches) {
      const members = processed.filter(({ links }) => links.includes(batch.spanId));
      assert.deepEqual(new Set(members.map(({ parentSpanId }) => parentSpanId)), new Set(batch.links));
      assert.deepEqual(treeOf(spansOf(batch.traceId)), [
        'orders CONSUMER process payment-status.v1',
        '  orders CLIENT insert inbox',
      ]);
    }
  });

  it('costs no answer while its collector hangs or breaks off, and one line of each process', async () => {
    const complaintsOf = (service: ServiceName) => linesOf(service).filter(({ msg }) => msg === COMPLAINT);
    for (const service of SERVICE_NAMES) assert.deepEqual(complaintsOf(service), []);
    for (const how of ['hang', 'reset', 'hang'] as const) {
      collector.fail(how);
      const before = collector.requests();
      const { body } = await post('/api/orders', { amount: 5 });
      const { status } = await untilOrderDecided(customer, (body as OrderReply).orderId);
      assert.equal(status, 'paid');
      await eventually(
        'spans to be sent, and lost',
        () =>
          collector.requests() > before &&
          complaintsOf('orders').length > 0 &&
          complaintsOf('workflows').length > 0,
      );
    }
    // With spans to send that nobody takes.
    for (const service of SERVICE_NAMES) {
      const copies = system.copiesOf(service);
      for (const copy of copies) {
        const { ms, code } = await copy.terminate();
        assert.equal(code, 0, `${service} after ${ms} ms`);
      }
      assert.ok(complaintsOf(service).length <= copies.length, service);
    }
    collector.fail(undefined);
    await system.repair();
  });

  async function post(target: string, body: object, headers: Record<string, string> = {}) {
    const reply = await customer.send({ method: 'POST', path: target, body, headers });
    assert.ok(reply.status < 300, toJson(reply.body));
    return { ...reply, traceId: String(reply.headers['traceparent']).slice(3, 35) };
  }

  function spansOf(traceId: string): CollectedSpan[] {
    return collector.spans.filter((span) => span.traceId === traceId);
  }

  async function untilTraceIs(traceId: string, expected: string): Promise<string> {
    return eventually(`the trace to be whole`, () => {
      const tree = treeOf(spansOf(traceId)).join('\n');
      assert.equal(tree, expected.trim());
      return tree;
    });
  }

  /** The traceparent that names a span of a trace. */
  function contextOf(traceId: string, span: string): string {
    const found = spansOf(traceId).filter(({ service, kind, name }) => `${service} ${kind} ${name}` === span);
    assert.equal(found.length, 1, span);
    return `00-${traceId}-${found[0]?.spanId}-01`;
  }

  async function recordsOf(orderId: string) {
    const all = await system.topics.readAll(PAYMENT_STATUS_TOPIC.name);
    return all.filter(({ key }) => key === orderId);
  }

  function linesOf(service: ServiceName): Record<string, unknown>[] {
    const lines = readFileSync(path.join(system.settings.logs, `${service}.log`), 'utf8').split('\n');
    return lines.flatMap((line) =>
      line.startsWith('{') ? [JSON.parse(line) as Record<string, unknown>] : [],
    );
  }
});
