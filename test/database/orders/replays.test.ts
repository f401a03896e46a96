import assert from 'node:assert/strict';
import { createFairLimit } from '@gozon/timing';
import type { FairLimit } from '@gozon/timing';
import { sql } from 'kysely';
import { newId } from '#contracts/values/ids.ts';
import { eventsOfUser } from '#orders/stream/events-of-user.ts';
import { openClient } from '#test/support/database/open-client.ts';
import { openFeed, positionOf } from '#test/support/database/order-feed.ts';
import { openShop } from '#test/support/database/orders-database.ts';
import { eventually } from '#tools/testbed/eventually.ts';

describe('replays of the stream', function () {
  this.timeout(60_000);

  it('of one user take turns with those of another, one batch at a time, and rest after each', async () => {
    await using shop = await openShop();
    const [greedy, other] = [newId(), newId()];
    const client = await openClient(shop.url);
    for (const [userId, events] of [
      [greedy, 500],
      [other, 300],
    ] as const) {
      const { orderId } = (await shop.place({ userId })).reply;
      await client.query(
        `insert into order_events (order_id, user_id, status) select $1, $2, 'created' from generate_series(2, $3::integer)`,
        [orderId, userId, events],
      );
    }
    await client.end();
    await using feed = openFeed(shop);
    await eventually('the feed to have read all events', async () => {
      const { rows } = await sql<{ isRead: boolean }>`
        select count(position) = 800 and max(position) = ${positionOf(feed)} as is_read from order_events`.execute(
        shop.db,
      );
      return rows[0]?.isRead;
    });
    const stop = new AbortController();
    const batches: string[] = [];
    /** How long a full batch keeps the others out, in ms. */
    const rests: number[] = [];
    const limit = createFairLimit({ most: 1, each: 1 });
    const replays: FairLimit = {
      run: async (key, work, signal) => {
        const begin = async () => {
          batches.push(key);
          const beganAt = performance.now();
          const batch = await work();
          if (Array.isArray(batch) && batch.length === 100) rests.push(performance.now() - beganAt);
          return batch;
        };
        return limit.run(key, begin, signal);
      },
    };
    const replay = async (userId: string, events: number) => {
      const stream = eventsOfUser(
        { db: shop.db, feed, replays },
        { userId, lastEventId: 0n },
        { idle: 1_000, signal: stop.signal },
      );
      const positions: bigint[] = [];
      for await (const event of stream.events) {
        if (event) positions.push(event.position);
        if (positions.length === events) break;
      }
      assert.equal(new Set(positions).size, events);
      assert.deepEqual(
        positions,
        positions.toSorted((one, next) => Number(one - next)),
      );
    };
    const ofGreedy = Array.from({ length: 5 }, async () => replay(greedy, 500));
    await replay(other, 300);
    const last = batches.lastIndexOf(other);
    const first = batches.indexOf(other);
    assert.ok(last - first <= 2 * batches.filter((key) => key === other).length, batches.join(' '));
    await Promise.all(ofGreedy);
    assert.equal(rests.length, 28);
    assert.ok(Math.min(...rests) >= 99, 'one user’s replays are as quick as they can');
    stop.abort();
  });

  it('show that they are alive while they wait for their turn', async () => {
    await using shop = await openShop();
    const userId = newId();
    await shop.place({ userId });
    const stop = new AbortController();
    const replays = createFairLimit({ most: 1, each: 1 });
    const turnOfAnother = Promise.withResolvers<void>();
    const other = replays.run(newId(), async () => turnOfAnother.promise, stop.signal);
    await using feed = openFeed(shop);
    await eventually('the feed to have read the event', () => positionOf(feed) > 0n);
    const { events } = eventsOfUser(
      { db: shop.db, feed, replays },
      { userId, lastEventId: 0n },
      { idle: 10, signal: stop.signal },
    );
    assert.deepEqual(await events.next(), { done: false, value: undefined });
    assert.deepEqual(await events.next(), { done: false, value: undefined });
    turnOfAnother.resolve();
    await other;
    for await (const event of events) {
      if (!event) continue;
      assert.equal(event.order.userId, userId);
      break;
    }
    stop.abort();
  });
});
