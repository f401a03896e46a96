import assert from 'node:assert/strict';
import { STUCK_AFTER } from '@gozon/temporal-outbox';
import { sql } from 'kysely';
import { renderMetrics } from '#platform/process/metrics.ts';
import { openShop } from '#test/support/database/orders-database.ts';
import type { Shop } from '#test/support/database/orders-database.ts';
import { exposeBacklog } from '#workflows/relay/expose-backlog.ts';

describe('the metrics of the outbox', () => {
  let shop: Shop;
  before(async () => {
    shop = await openShop();
    exposeBacklog(shop.workflowsDb, ['pay', 'cancel']);
  });
  after(async () => shop[Symbol.asyncDispose]());

  async function read(name: string, kind = 'pay'): Promise<number> {
    const { body } = await renderMetrics();
    return Number(new RegExp(`^${name}\\{kind="${kind}"\\} (\\S+)$`, 'm').exec(body)?.[1]);
  }

  it('say how it is now, each of them, and not how it was when they were last asked for', async () => {
    await shop.place();
    await shop.place();
    await sql`
      update outbox set attempts = ${STUCK_AFTER}, created_at = now() - interval '1 hour'
      where outbox_id = (select min(outbox_id) from outbox)`.execute(shop.db);
    assert.equal(await read('outbox_stuck'), 1);
    await sql`update outbox set attempts = 0`.execute(shop.db);
    assert.ok((await read('outbox_oldest_age_seconds')) >= 3_600);
    assert.equal(await read('outbox_pending'), 2);
    assert.equal(await read('outbox_stuck'), 0);
    await sql`update outbox set dispatched_at = now()`.execute(shop.db);
    assert.equal(await read('outbox_oldest_age_seconds'), 0);
    assert.equal(await read('outbox_pending'), 0);
  });

  it('tell kinds apart, and count those together that this copy does not know', async () => {
    await shop.place();
    await sql`update outbox set kind = 'of-a-newer-copy' where dispatched_at is null`.execute(shop.db);
    await sql`update outbox set kind = 'of-another', dispatched_at = null
      where outbox_id = (select min(outbox_id) from outbox)`.execute(shop.db);
    assert.deepEqual(
      [
        await read('outbox_pending', 'pay'),
        await read('outbox_pending', 'cancel'),
        await read('outbox_pending', 'other'),
      ],
      [0, 0, 2],
    );
  });
});
