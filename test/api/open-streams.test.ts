import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Customer } from '@gozon/client';
import { openSocket } from '#test/support/api/raw-http.ts';
import { assertEachOnce, collect, withSecondCopy } from '#test/support/api/streams.ts';
import { withSharedSystem } from '#test/support/system/shared-system.ts';
import { openCustomer } from '#tools/testbed/customers.ts';
import { eventually } from '#tools/testbed/eventually.ts';

describe('open streams', () => {
  const system = withSharedSystem();
  const second = withSecondCopy(system);

  afterEach('none is left open', async () =>
    eventually('all to end', async () => (await openStreams()) === 0),
  );

  it('ends the stream in the service when its client disconnects in any way', async () => {
    const customer = second().client.as(randomUUID());
    const streams = await Promise.all(Array.from({ length: 20 }, async () => customer.follow()));
    assert.equal(await openStreams(), 20);
    await Promise.all(streams.map(async (stream) => stream[Symbol.asyncDispose]()));
    const socket = openSocket(second().gateway.url);
    socket.write(`GET /api/orders/events HTTP/1.1\r\nHost: localhost\r\nX-User-Id: ${randomUUID()}\r\n\r\n`);
    await eventually('it to be followed', async () => (await openStreams()) === 1);
    socket.resetAndDestroy();
    await eventually('the streams to end', async () => (await openStreams()) === 0);
    const head = { method: 'HEAD', headers: { 'x-user-id': randomUUID() } };
    assert.equal((await fetch(new URL('/api/orders/events', second().gateway.url), head)).status, 200);
    await eventually('what HEAD opened to end', async () => (await openStreams()) === 0);
  });

  it('serves 500 streams while 200 orders are placed', async function () {
    this.timeout(180_000);
    const customers = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const { userId } = await openCustomer(system(), 10_000n);
        return second().client.as(userId);
      }),
    );
    const followers = await Promise.all(
      Array.from({ length: 500 }, async (_, index) => {
        const customer = customers[index % customers.length];
        assert.ok(customer);
        const stream = await customer.follow();
        return { stream, seen: collect(stream) };
      }),
    );
    try {
      assert.equal(await openStreams(), 500);
      await Promise.all(
        customers.map(async (customer) => {
          for (let turn = 0; turn < 10; turn++) await placeOnce(customer);
        }),
      );
      for (const { seen } of followers) await seen.until(20);
      for (const { seen } of followers) assertEachOnce(seen.changes, 10);
      assert.equal(await openStreams(), 500, 'nobody was disconnected');
    } finally {
      await Promise.all(followers.map(async ({ stream }) => stream[Symbol.asyncDispose]()));
    }
  });

  it('refuses a user’s 51st stream on one copy until one is closed', async () => {
    const customer = second().client.as(randomUUID());
    await using streams = new AsyncDisposableStack();
    const open = await Promise.all(Array.from({ length: 50 }, async () => customer.follow()));
    for (const stream of open) streams.use(stream);
    await assert.rejects(customer.follow(), { code: 'rate_limited', status: 429 });
    await open[0]?.[Symbol.asyncDispose]();
    await eventually('there to be room again', async () => {
      streams.use(await customer.follow());
      return true;
    });
  });

  it('ends the stream of a client that does not read, instead of buffering without a limit', async function () {
    this.timeout(180_000);
    const customer = second().client.as(randomUUID());
    const live = followUnread(customer.userId);
    await eventually('it to be followed', async () => (await openStreams()) === 1);
    // More than all the buffers on the way hold, 1 MiB of ours among them.
    await using _flood = await flood(customer, 20_000);
    await eventually('it to be broken off', async () => (await openStreams()) === 0, {
      within: 60_000,
    });
    live.destroy();
    const late = followUnread(customer.userId, { lastEventId: '0' });
    await eventually('it to be followed again', async () => (await openStreams()) === 1);
    await eventually('that to be broken off too', async () => (await openStreams()) === 0, {
      within: 60_000,
    });
    late.destroy();
    assert.equal((await fetch(`${second().orders.url}/health/ready`)).status, 200);
  });

  it('sends a client that resumes far back all that it missed, as slowly as it reads', async function () {
    this.timeout(180_000);
    const customer = second().client.as(randomUUID());
    await using _flood = await flood(customer, 10_000);
    const missed = await eventually(
      'all events to have their positions',
      async () => {
        const { rows } = await system().ordersDb.query<{ position: string | null }>(
          'select position from order_events where user_id = $1 order by position',
          [customer.userId],
        );
        return rows.every(({ position }) => position !== null) && rows.map(({ position }) => position);
      },
      { within: 60_000 },
    );
    await using stream = await customer.follow({ lastEventId: '0' });
    const read: string[] = [];
    for await (const { id } of stream) {
      read.push(id);
      if (read.length === missed.length) break;
      // It reads no further while the service answers others.
      if (read.length % 50 === 0) await fetch(`${second().orders.url}/health/ready`);
    }
    assert.deepEqual(read, missed);
  });

  function followUnread(userId: string, from: { lastEventId?: string } = {}): Socket {
    const socket = openSocket(second().gateway.url);
    socket.pause();
    socket.on('error', () => {});
    const resume = from.lastEventId === undefined ? '' : `Last-Event-ID: ${from.lastEventId}\r\n`;
    socket.write(
      `GET /api/orders/events HTTP/1.1\r\nHost: localhost\r\nX-User-Id: ${userId}\r\n${resume}\r\n`,
    );
    return socket;
  }

  /** So many events of 2.5 kB each, until it is disposed of. */
  async function flood(customer: Customer, events: number): Promise<AsyncDisposable> {
    const { orderId } = await customer.placeOrder({ amount: 1n, description: '🎁'.repeat(500) });
    await eventually('it to be decided', async () => (await customer.order(orderId)).status !== 'created');
    await system().ordersDb.query(
      `insert into order_events (order_id, user_id, status, detail)
       select $1, $2, 'created', '{"flood": true}' from generate_series(1, $3)`,
      [orderId, customer.userId, events],
    );
    return {
      async [Symbol.asyncDispose]() {
        await system().ordersDb.query(`delete from order_events where detail ? 'flood'`);
      },
    };
  }

  /** Repeats what a busy service answers with 503, as clients do. */
  async function placeOnce(customer: Customer): Promise<void> {
    const idempotencyKey = randomUUID();
    await eventually('the order to be placed', async () =>
      customer.placeOrder({ amount: 1n }, { idempotencyKey }),
    );
  }

  async function openStreams(): Promise<number> {
    const text = await (await fetch(`${second().orders.url}/metrics`)).text();
    return Number(/^orders_streams_open (\d+)$/m.exec(text)?.[1]);
  }
});
