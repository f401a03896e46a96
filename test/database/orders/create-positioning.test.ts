import assert from 'node:assert/strict';
import { mock } from 'node:test';
import type pg from 'pg';
import { newId } from '#contracts/values/ids.ts';
import { createPositioning } from '#orders/stream/create-positioning.ts';
import { blocksRead } from '#test/support/database/blocks-read.ts';
import { openClient } from '#test/support/database/open-client.ts';
import { openShop } from '#test/support/database/orders-database.ts';
import type { Shop } from '#test/support/database/orders-database.ts';

const LIMIT = 500;
const PASSED = 20_000;
/** A look at the dead entries of 20,000 events touches 280. */
const MOST_BLOCKS = 60;
const MINUTE = 60_000;

describe('the positions of order events', function () {
  this.timeout(120_000);
  let shop: Shop;
  let client: pg.Client;
  let orderId: string;
  let now: number;
  before(async () => {
    shop = await openShop();
    client = await openClient(shop.url);
    ({ orderId } = (await shop.place()).reply);
  });
  beforeEach(() => {
    now = 0;
    mock.method(performance, 'now', () => now);
  });
  afterEach(() => mock.restoreAll());
  after(async () => {
    await client.end();
    await shop[Symbol.asyncDispose]();
  });

  async function insertEvents(count: number, by = client): Promise<void> {
    await by.query(
      `insert into order_events (order_id, user_id, status) select $1, $2, 'created' from generate_series(1, $3::integer)`,
      [orderId, newId(), count],
    );
  }

  it('are given in a bounded number of blocks, however many were given while a snapshot is held', async () => {
    const holder = await openClient(shop.url);
    try {
      await holder.query('begin isolation level repeatable read; select 1');
      const position = createPositioning(shop.db);
      await insertEvents(PASSED);
      while ((await position(LIMIT)) === LIMIT);
      now += MINUTE;
      await position(LIMIT);
      await insertEvents(2);
      const blocks = await blocksRead(shop.url, async () => assert.equal(await position(LIMIT), 2));
      assert.ok(blocks <= MOST_BLOCKS, `it touched ${blocks} blocks`);
    } finally {
      await holder.end();
    }
  });

  it('are given at once to an event that was committed within a minute, though later ones have theirs', async () => {
    const position = createPositioning(shop.db);
    await position(LIMIT);
    await whileUncommitted(async () => {
      for (const wait of [MINUTE, MINUTE - 1]) {
        now += wait;
        await insertEvents(1);
        assert.equal(await position(LIMIT), 1);
      }
    });
    assert.equal(await position(LIMIT), 1);
  });

  it('are given within a minute to an event whose transaction was open for longer', async () => {
    const position = createPositioning(shop.db);
    await position(LIMIT);
    await whileUncommitted(async () => {
      for (let minutes = 0; minutes < 3; minutes++) {
        now += MINUTE;
        await insertEvents(1);
        assert.equal(await position(LIMIT), 1);
      }
    });
    now += 1;
    assert.equal(await position(LIMIT), 0);
    now += MINUTE;
    assert.equal(await position(LIMIT), 1);
  });

  /** An event has its id meanwhile. */
  async function whileUncommitted(work: () => Promise<void>): Promise<void> {
    const late = await openClient(shop.url);
    try {
      await late.query('begin');
      await insertEvents(1, late);
      await work();
      await late.query('commit');
    } finally {
      await late.end();
    }
  }
});
