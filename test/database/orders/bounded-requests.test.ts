import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type pg from 'pg';
import { newId } from '#contracts/values/ids.ts';
import { ORDER_STATUSES } from '#contracts/values/order-status.ts';
import { cancelOrder } from '#orders/order/cancel-order.ts';
import { getOrder, listOrders } from '#orders/order/get-orders.ts';
import { applyPaymentEvents } from '#orders/payment-events/payment-events.queries.ts';
import { findEnds, findEventsOfUser } from '#orders/stream/order-stream.queries.ts';
import { findEventRows, findOutboxRows, findRefundRows } from '#orders/timeline/timeline.queries.ts';
import { blocksRead } from '#test/support/database/blocks-read.ts';
import { eventRow } from '#test/support/database/event-rows.ts';
import { openClient } from '#test/support/database/open-client.ts';
import { TRACEPARENT, openShop } from '#test/support/database/orders-database.ts';
import type { Shop } from '#test/support/database/orders-database.ts';

const GREEDY = '00000000-0000-7000-8000-000000000001';
const OTHER = '00000000-0000-7000-8000-000000000002';
const OF_GREEDY = 1_000_000;
/** All newer than each of the greedy user's. */
const OF_OTHER = 200_000;
/** For a page of 20. A scan of either user's rows touches thousands. */
const MOST_BLOCKS = 300;

const idOf = (n: number) => `${n.toString(16).padStart(8, '0')}-0000-7000-8000-000000000000`;

describe('each request of orders reads a bounded number of blocks', function () {
  this.timeout(300_000);
  let shop: Shop;
  let client: pg.Client;
  before(async () => {
    shop = await openShop();
    client = await openClient(shop.url);
    // In a tenth of the time: foreign keys and triggers add nothing here. Statistics are those that the test makes.
    await client.query(`
      alter table order_events drop constraint order_events_order_id_fkey;
      alter table outbox drop constraint outbox_order_id_fkey;
      alter table outbox disable trigger user;
      alter table orders set (autovacuum_enabled = off);
      alter table order_events set (autovacuum_enabled = off);
      alter table outbox set (autovacuum_enabled = off)`);
  });
  after(async () => {
    await client.end();
    await shop[Symbol.asyncDispose]();
  });

  /** Orders n of the user, all paid, each with an event and an outbox row. */
  async function insertOrders(userId: string, from: number, to: number) {
    await client.query(
      `with ids as (
        select (lpad(to_hex(n), 8, '0') || '-0000-7000-8000-000000000000')::uuid as order_id, n
        from generate_series($2::integer, $3::integer) as n
      ),
      placed as (
        insert into orders (order_id, user_id, amount, currency, status, status_rank)
        select order_id, $1::uuid, 1, 'EUR', 'paid', 1 from ids
      ),
      followed as (
        insert into order_events (order_id, user_id, status, position)
        select order_id, $1::uuid, 'paid', n from ids where n % 4 = 0
      )
      insert into outbox (kind, workflow_id, payload, traceparent, dispatched_at)
      select 'pay', 'order-' || order_id, '{}', '', now() from ids where n % 8 = 0`,
      [userId, from, to],
    );
  }

  const requests: Record<string, () => Promise<unknown>> = {
    'a page of all orders': async () => listOrders(shop.db, { userId: GREEDY, limit: 20 }),
    'a page of all orders from far down': async () =>
      listOrders(shop.db, { userId: GREEDY, limit: 20, cursor: idOf(OF_GREEDY / 4) }),
    ...Object.fromEntries(
      ORDER_STATUSES.flatMap((status) => [
        [
          `a page of orders that are ${status}`,
          async () => listOrders(shop.db, { userId: GREEDY, status, limit: 20 }),
        ],
        [
          `a page of orders that are ${status} from far down`,
          async () => listOrders(shop.db, { userId: GREEDY, status, limit: 20, cursor: idOf(OF_GREEDY / 4) }),
        ],
      ]),
    ),
    'an order': async () => getOrder(shop.db, { userId: GREEDY, readsAll: false }, idOf(8)),
    'the events of an order': async () => findEventRows(shop.db, idOf(8)),
    'the outbox rows of an order': async () => findOutboxRows(shop.db, idOf(8)),
    'the refunds of an order': async () => findRefundRows(shop.db, idOf(8)),
    'the ends of the stream': async () => findEnds(shop.db),
    'a replay from the first event on': async () =>
      findEventsOfUser(shop.db, GREEDY, { after: 0n, upTo: BigInt(OF_GREEDY + OF_OTHER), limit: 20 }),
    'a replay from the middle on': async () =>
      findEventsOfUser(shop.db, GREEDY, {
        after: BigInt(OF_GREEDY / 2),
        upTo: BigInt(OF_GREEDY + OF_OTHER),
        limit: 20,
      }),
    "a replay to which all events but others' are known": async () =>
      findEventsOfUser(shop.db, GREEDY, {
        after: BigInt(OF_GREEDY),
        upTo: BigInt(OF_GREEDY + OF_OTHER),
        limit: 20,
      }),
    'an order that is placed': async () =>
      shop.place({ userId: GREEDY, idempotency: { key: newId(), requestHash: hashOf('new') } }),
    'an order that is placed again': async () =>
      shop.place({ userId: GREEDY, idempotency: { key: 'again', requestHash: hashOf('again') } }),
    'a cancel': async () =>
      cancelOrder(
        shop.db,
        { userId: GREEDY, orderId: idOf(16), traceparent: TRACEPARENT, idempotency: undefined },
        () => {},
      ),
    'a payment event': async () => applyPaymentEvents(shop.db, [refundOf(idOf(24))]),
    'a payment event of no order': async () => applyPaymentEvents(shop.db, [refundOf(newId())]),
  };

  const assertBounded = async () => {
    for (const [name, request] of Object.entries(requests)) {
      const blocks = await blocksRead(shop.url, request);
      assert.ok(blocks <= MOST_BLOCKS, `${name} touched ${blocks} blocks`);
    }
  };

  it('for a user with a million orders of whom the statistics know nothing yet', async () => {
    await insertOrders(OTHER, OF_GREEDY + 1, OF_GREEDY + OF_OTHER);
    await client.query('analyze');
    await insertOrders(GREEDY, 1, OF_GREEDY);
    await assertBounded();
  });

  it('for a user with most of all orders, each older than any of the others', async () => {
    await client.query('analyze');
    await assertBounded();
  });
});

const refundOf = (orderId: string) => eventRow(orderId, 'refunded', { eventId: newId(), amount: 1 });

const hashOf = (text: string) => createHash('sha256').update(text).digest();
