import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { withSharedSystem } from '#test/support/system/shared-system.ts';
import { openGozonClient } from '#tools/load/generate/gozon-client.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import { startExtraProcess } from '#tools/testbed/extra-process.ts';

/** A time zone 12 h 45 min ahead, and a language that writes numbers and letters differently. */
const ELSEWHERE = { TZ: 'Pacific/Chatham', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' };

describe('the API of processes in another time zone and locale', function () {
  this.timeout(60_000);
  const system = withSharedSystem();

  it('gives the same replies as that of the others', async () => {
    await using orders = await startExtraProcess(system(), 'orders', ELSEWHERE);
    await using payments = await startExtraProcess(system(), 'payments', ELSEWHERE);
    const urls = { ORDERS_URL: orders.url, PAYMENTS_URL: payments.url };
    await using gateway = await startExtraProcess(system(), 'gateway', { ...ELSEWHERE, ...urls });
    await using elsewhere = openGozonClient({ baseUrl: gateway.url });
    const userId = randomUUID();
    const [here, there] = [system().client.as(userId), elsewhere.as(userId)];
    const opened = await there.openAccount({});
    assert.deepEqual(opened, await here.account());
    await there.topUp(123_456n);
    const { orderId, createdAt } = await there.placeOrder({ amount: 1_234n, description: 'İıŞş 1.234,56' });
    assert.ok(Math.abs(Date.parse(createdAt) - Date.now()) < 600_000, createdAt);
    await eventually('the order to be paid', async () => (await there.order(orderId)).status === 'paid');
    assert.deepEqual(await there.order(orderId), await here.order(orderId));
    assert.deepEqual(await there.orders(), await here.orders());
    assert.deepEqual(await there.account(), await here.account());
    assert.deepEqual(await there.statement(), await here.statement());
    // It grows for a moment after the order is paid.
    await eventually('both to tell the same timeline', async () => {
      const [timeline, same] = [await there.timeline(orderId), await here.timeline(orderId)];
      assert.deepEqual(timeline.entries, same.entries);
      return true;
    });
  });
});
