import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { ApiProblem } from '@gozon/client';
import type { OrderChange } from '@gozon/client';
import type { placeOrderRoute } from '#contracts/http/orders-api.ts';
import type { BodyOf } from '#contracts/http/route-contract.ts';
import { newId } from '#contracts/values/ids.ts';
import { assertEachOnce, collect, withSecondCopy } from '#test/support/api/streams.ts';
import { withSharedSystem } from '#test/support/system/shared-system.ts';
import { openGozonClient } from '#tools/load/generate/gozon-client.ts';
import { openCustomer } from '#tools/testbed/customers.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import { startExtraProcess } from '#tools/testbed/extra-process.ts';

describe('following orders', () => {
  const system = withSharedSystem();
  const second = withSecondCopy(system);

  it('shows each change of the user’s own orders, in order, and of no others', async () => {
    const customer = await openCustomer(system(), 1_000n);
    const stranger = await openCustomer(system(), 1_000n);
    await using stream = await customer.follow();
    const seen = collect(stream);
    const paid = await customer.placeOrder({ amount: 600n, description: 'A book' });
    await stranger.placeOrder({ amount: 1n });
    await seen.until(2);
    const declined = await customer.placeOrder({ amount: 600n });
    await seen.until(4);
    assert.deepEqual(
      seen.changes.map(({ order }) => [order.orderId, order.status, order.failureReason]),
      [
        [paid.orderId, 'created', null],
        [paid.orderId, 'paid', null],
        [declined.orderId, 'created', null],
        [declined.orderId, 'failed', 'insufficient_funds'],
      ],
    );
    assert.deepEqual(seen.changes[0]?.order, paid, 'as the reply showed it');
    assert.deepEqual(seen.changes[3]?.order, await customer.order(declined.orderId), 'as GET shows it');
    // By its type it has every field of the body.
    const everyField: Required<BodyOf<typeof placeOrderRoute>> = {
      userId: customer.userId,
      amount: 100n,
      description: 'A pen',
      captureMethod: 'manual',
      captureWithin: 3_600,
    };
    const authorized = await customer.placeOrder(everyField);
    await seen.until(6);
    assert.deepEqual(seen.changes[4]?.order, authorized, 'as the reply showed it, with every optional field');
    assert.deepEqual(seen.changes[5]?.order, await customer.order(authorized.orderId), 'as GET shows it');
    const ids = seen.changes.map(({ id }) => BigInt(id));
    assert.deepEqual(
      ids,
      ids.toSorted((one, next) => (one < next ? -1 : 1)),
    );
  });

  it('resumes on another copy from any event, without gap or duplicate', async () => {
    const customer = await openCustomer(system(), 1_000n);
    const there = second().client.as(customer.userId);
    await using first = await customer.follow();
    const seen = collect(first);
    const placed: string[] = [];
    for (let turn = 0; turn < 6; turn++) placed.push((await customer.placeOrder({ amount: 1n })).orderId);
    await seen.until(12);
    const all = seen.changes;
    for (const from of [0, 1, 5, 10]) {
      await using resumed = await there.follow({ lastEventId: all[from]?.id ?? '' });
      const rest = collect(resumed);
      await rest.until(all.length - 1 - from);
      assert.deepEqual(rest.changes, all.slice(from + 1));
    }
    assert.deepEqual(
      all.filter(({ order }) => order.status === 'created').map(({ order }) => order.orderId),
      placed,
    );
  });

  it('loses nothing when the client moves between copies while orders are placed', async () => {
    const customer = await openCustomer(system(), 10_000n);
    const there = second().client.as(customer.userId);
    const changes: OrderChange[] = [];
    const wanted = 2 * 60;
    const placing = (async () => {
      for (let turn = 0; turn < 60; turn++) await there.placeOrder({ amount: 1n });
    })();
    let stream = await customer.follow({ lastEventId: '0' });
    for (let turn = 0; changes.length < wanted; turn++) {
      for await (const change of stream) {
        changes.push(change);
        if (changes.length % 9 === 0 || changes.length === wanted) break;
      }
      await stream[Symbol.asyncDispose]();
      if (changes.length === wanted) break;
      const next = turn % 2 === 0 ? there : customer;
      stream = await next.follow({ lastEventId: changes.at(-1)?.id ?? '' });
    }
    await placing;
    assertEachOnce(changes, 60);
  });

  it('shows each event once when events commit out of order, also to a client that resumes across the gap', async () => {
    const customer = await openCustomer(system(), 1_000n);
    const there = second().client.as(customer.userId);
    await using here = await customer.follow();
    const seen = collect(here);
    const late = newId();
    const transaction = await system().ordersDb.connect();
    try {
      await transaction.query('begin');
      // It has a lower event_id than all that follow, and commits last.
      await transaction.query(
        `with placed as (insert into orders (order_id, user_id, amount, currency) values ($1, $2, 1, 'EUR') returning *),
              queued as (insert into outbox (order_id, kind, traceparent)
                         select order_id, 'pay', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' from placed)
         insert into order_events (order_id, user_id, status) select order_id, user_id, 'created' from placed`,
        [late, customer.userId],
      );
      for (let turn = 0; turn < 3; turn++) await customer.placeOrder({ amount: 1n });
      await seen.until(6);
      await transaction.query('commit');
    } finally {
      transaction.release();
    }
    await seen.until(8);
    const ids = seen.changes.map(({ order }) => order.orderId);
    assert.deepEqual([ids.indexOf(late), ids.lastIndexOf(late)], [6, 7]);
    assertEachOnce(seen.changes, 4);

    const before = seen.changes[5];
    await using resumed = await there.follow({ lastEventId: before?.id ?? '' });
    const rest = collect(resumed);
    await rest.until(2);
    assert.deepEqual(rest.changes, seen.changes.slice(6));
  });

  it('sends a keep-alive comment every 5 s', async () => {
    const reply = await fetch(new URL('/api/orders/events', system().client.baseUrl), {
      headers: { 'x-user-id': randomUUID() },
    });
    assert.match(reply.headers.get('content-type') ?? '', /^text\/event-stream/);
    assert.equal(reply.headers.get('cache-control'), 'no-store');
    let text = '';
    for await (const chunk of (reply.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
      text += chunk;
      if (text.includes('still here')) break;
    }
    assert.match(text, /^: connected\nid: \d+\n\n: still here\n\n$/);
  });

  it('refuses to resume after an event that was never issued', async () => {
    await assert.rejects(
      second()
        .client.as(randomUUID())
        .follow({ lastEventId: '9'.repeat(18) }),
      {
        status: 400,
        code: 'invalid_parameter',
      },
    );
  });

  it('is refused by a gateway and by a copy of orders that stop, while both still serve requests', async () => {
    const drain = { DRAIN_SECONDS: '60' };
    await using orders = await startExtraProcess(system(), 'orders', drain);
    await using before = await startExtraProcess(system(), 'gateway', { ORDERS_URL: orders.url });
    await using gateway = await startExtraProcess(system(), 'gateway', drain);
    // They are killed long before they would end by themselves.
    for (const component of [orders, gateway]) void component.terminate();
    for (const { url } of [before, gateway]) {
      await using client = openGozonClient({ baseUrl: url });
      const customer = client.as(randomUUID());
      const refusal = await eventually('a stream to be refused', async () => {
        const stream = await customer.follow().catch((error: unknown) => error as ApiProblem);
        if (stream instanceof ApiProblem) return stream;
        await stream[Symbol.asyncDispose]();
        return undefined;
      });
      assert.equal(refusal.status, 503);
      assert.match(refusal.message, /is stopping/);
      assert.ok(refusal.retryAfter);
      assert.deepEqual((await customer.orders()).items, []);
    }
  });

  it('ends when its copy of orders stops, and resumes on another', async () => {
    const orders = await startExtraProcess(system(), 'orders');
    await using gateway = await startExtraProcess(system(), 'gateway', { ORDERS_URL: orders.url });
    await using client = openGozonClient({ baseUrl: gateway.url });
    const customer = client.as(randomUUID());
    await using stream = await customer.follow();
    const seen = collect(stream);
    await customer.placeOrder({ amount: 1n });
    await seen.until(2);
    const { code, ms } = await orders.terminate();
    assert.equal(code, 0);
    // test/unit/platform/http/serve.test.ts holds that it does not wait for streams.
    console.log(`        ended in ${(ms / 1000).toFixed(1)} s`);
    await seen.ended;
    await using resumed = await second()
      .client.as(customer.userId)
      .follow({ lastEventId: seen.changes[0]?.id ?? '' });
    const rest = collect(resumed);
    await rest.until(1);
    assert.deepEqual(rest.changes, seen.changes.slice(1));
  });
});
