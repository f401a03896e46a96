import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { PAYMENT_STATUS_TOPIC } from '#contracts/events/payment-events.ts';
import type { OrderReply } from '#contracts/http/orders-api.ts';
import { namespace } from '#temporal-config/namespace.ts';
import { withSharedSystem } from '#test/support/system/shared-system.ts';
import { untilOrderDecided } from '#test/support/system/until-order-decided.ts';
import { openCustomer } from '#tools/testbed/customers.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import { toSignedEvent, toWish } from '#tools/testbed/signing.ts';
import type { ReadMessage } from '#tools/testbed/topics.ts';

describe('an order', () => {
  const system = withSharedSystem();

  it('leaves a CloudEvent on the topic, with the trace of the request that placed it', async () => {
    const customer = await openCustomer(system(), 100n);
    const traceparent = `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`;
    const tracestate = 'congo=t61rcWkgMzE';
    const reply = await customer.send({
      method: 'POST',
      path: '/api/orders',
      headers: { traceparent, tracestate },
      body: { amount: 42 },
    });
    assert.equal(reply.headers['traceparent'], traceparent);
    const { orderId } = reply.body as OrderReply;
    await untilOrderDecided(customer, orderId);
    const [event, ...more] = await eventsOf(orderId);
    assert.deepEqual(more, []);
    const value = JSON.parse(event?.value ?? '') as { time: string };
    const payment = { orderId, userId: customer.userId, amount: 42n, currency: 'EUR' };
    const { signature } = toSignedEvent(
      { ...payment, type: 'payment.completed', time: value.time },
      signingKey(),
    );
    assert.deepEqual(event?.headers, {
      'content-type': 'application/cloudevents+json; charset=UTF-8',
      traceparent,
      tracestate,
    });
    assert.deepEqual(value, {
      specversion: '1.0',
      id: `${orderId}/decision`,
      source: '/gozon/payments',
      type: 'payment.completed',
      subject: orderId,
      time: value.time,
      datacontenttype: 'application/json',
      signature,
      traceparent,
      tracestate,
      data: { orderId, userId: customer.userId, amount: 42, currency: 'EUR', rank: 1 },
    });
    assert.equal(new Date(value.time).toISOString(), value.time);
  });

  it('leaves an event with the reason when it is declined', async () => {
    const customer = await openCustomer(system(), 0n);
    const { orderId } = await customer.placeOrder({ amount: 42n });
    await untilOrderDecided(customer, orderId);
    const [event] = await eventsOf(orderId);
    const { id, type, data } = JSON.parse(event?.value ?? '') as {
      id: string;
      type: string;
      data: { reason: string };
    };
    assert.deepEqual(
      [id, type, data.reason],
      [`${orderId}/decision`, 'payment.declined', 'insufficient_funds'],
    );
  });

  it('leaves a workflow that its customer finds, with a summary in words', async () => {
    const customer = await openCustomer(system(), 100n);
    const { orderId } = await customer.placeOrder({ amount: 42n });
    await untilOrderDecided(customer, orderId);
    const connection = await Connection.connect({ address: system().temporalAddress });
    try {
      const { workflow } = new Client({ connection, namespace: namespace.name });
      const [found] = await eventually('the workflow to be found', async () => {
        const all = await Array.fromAsync(workflow.list({ query: `CustomerId = '${customer.userId}'` }));
        return all.length > 0 && all;
      });
      assert.deepEqual([found?.workflowId, found?.type], [`order-${orderId}`, 'payOrder']);
      const handle = workflow.getHandle(`order-${orderId}`);
      assert.equal(await (await handle.describe()).staticSummary(), 'Pay 0.42 EUR');
      const result = (await handle.result()) as { decidedAt: string };
      const payment = { orderId, userId: customer.userId, amount: 42n, currency: 'EUR' };
      const { signature } = toSignedEvent(
        { ...payment, type: 'payment.completed', time: result.decidedAt },
        signingKey(),
      );
      assert.deepEqual(result, {
        orderId,
        userId: customer.userId,
        amount: '42',
        currency: 'EUR',
        outcome: 'completed',
        decidedAt: result.decidedAt,
        signature,
      });
      const { events } = await handle.fetchHistory();
      const [input] = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
      const given = JSON.parse(Buffer.from(input?.data ?? []).toString()) as { traceparent: string };
      assert.deepEqual(given, {
        orderId,
        userId: customer.userId,
        amount: '42',
        currency: 'EUR',
        signature: toWish('pay', payment, signingKey()).signature,
        traceparent: given.traceparent,
      });
    } finally {
      await connection.close();
    }
  });

  /** By which orders and payments sign. */
  function signingKey(): string {
    return system().secrets.signing;
  }

  async function eventsOf(orderId: string): Promise<ReadMessage[]> {
    const all = await system().topics.readAll(PAYMENT_STATUS_TOPIC.name);
    return all.filter(({ key }) => key === orderId);
  }
});
