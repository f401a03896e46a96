import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createFairLimit } from '@gozon/timing';
import { newId } from '#contracts/values/ids.ts';
import { streamOrders } from '#orders/stream/stream-orders.ts';
import { createLogger } from '#platform/process/logger.ts';
import { openClient } from '#test/support/database/open-client.ts';
import { openFeed, positionOf } from '#test/support/database/order-feed.ts';
import { TRACEPARENT, openShop } from '#test/support/database/orders-database.ts';
import { eventually } from '#tools/testbed/eventually.ts';

describe('a stream whose events cannot be read', function () {
  this.timeout(60_000);

  it('breaks off, and the log says why', async () => {
    await using shop = await openShop();
    const userId = newId();
    await shop.place({ userId });
    const warned: object[] = [];
    const log = Object.assign(createLogger('test', 'silent'), {
      warn: (fields: object) => void warned.push(fields),
    });
    await using feed = openFeed(shop);
    await eventually('the feed to have read the event', () => positionOf(feed) > 0n);
    const stop = new AbortController();
    const stream = await eventually('the feed to be ready', async () =>
      streamOrders(
        { db: shop.db, feed, replays: createFairLimit({ most: 1, each: 1 }), log, signal: stop.signal },
        { userId, lastEventId: 0n, trace: { traceparent: TRACEPARENT } },
      ).catch(() => false as const),
    );
    const owner = await openClient(shop.url);
    await owner.query('alter table order_events rename to moved_away');
    await owner.end();
    stream.resume();
    await once(stream, 'close');
    assert.equal(warned.length, 1);
    assert.match(String((warned[0] as { err: Error }).err), /order_events/);
    stop.abort();
  });
});
