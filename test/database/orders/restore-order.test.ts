import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { eventMessage } from '#contracts/events/signed-messages.ts';
import type { FactPayload } from '#contracts/values/decision.ts';
import { newId } from '#contracts/values/ids.ts';
import { insertRestoredOrder } from '#operations/repair/actions.queries.ts';
import { sign } from '#platform/process/signing-keys.ts';
import { openShop } from '#test/support/database/orders-database.ts';
import type { Shop } from '#test/support/database/orders-database.ts';
import { SIGNING_KEY } from '#test/support/database/signing.ts';

type Told = Omit<FactPayload, 'orderId' | 'userId' | 'amount' | 'currency' | 'signature'>;

describe('an order that only payments knows', () => {
  let shop: Shop;
  before(async () => {
    shop = await openShop();
  });
  after(async () => shop[Symbol.asyncDispose]());

  const by = { actor: newId(), reason: 'restored to an older backup' };
  const decidedAt = '2026-11-22T10:00:00.000Z';
  const captureBefore = '2026-11-22T11:00:00.000Z';
  const completed: Told = { type: 'payment.completed', time: decidedAt };
  const authorized: Told = { type: 'payment.authorized', captureBefore, time: decidedAt };
  const captured: Told = {
    type: 'payment.captured',
    amountCaptured: '60',
    time: '2026-11-22T11:00:05.000Z',
  };
  const refundOf = (refundId: string, refundAmount: string): Told => ({
    type: 'payment.refunded',
    amountCaptured: '100',
    refundId,
    refundAmount,
    amountRefunded: refundAmount,
    time: '2026-11-22T12:00:00.000Z',
  });

  function factsOf(told: readonly Told[], { orderId = newId(), userId = newId() } = {}): FactPayload[] {
    return told.map((one) => {
      const fact = { orderId, userId, amount: '100', currency: 'EUR', ...one };
      const number = (text: string | undefined) => (text === undefined ? undefined : BigInt(text));
      const { amountCaptured, refundAmount, amountRefunded } = one;
      const message = eventMessage({
        ...fact,
        amount: 100n,
        amountCaptured: number(amountCaptured),
        refundAmount: number(refundAmount),
        amountRefunded: number(amountRefunded),
      });
      return { ...fact, signature: sign(SIGNING_KEY, message) };
    });
  }

  /** As the role workflows. */
  const restore = async (facts: readonly FactPayload[]) => insertRestoredOrder(shop.workflowsDb, facts, by);

  async function stored(orderId: string) {
    const { rows } = await sql<Record<string, unknown>>`
      select status, capture_method, capture_within, capture_requested, capture_requested_at, cancel_requested_at,
             cancellation_reason
      from orders where order_id = ${orderId}`.execute(shop.db);
    return rows[0];
  }

  const nothingAsked = {
    status: 'created',
    captureMethod: 'automatic',
    captureWithin: null,
    captureRequested: null,
    captureRequestedAt: null,
    cancelRequestedAt: null,
    cancellationReason: null,
  };
  const held = { ...nothingAsked, captureMethod: 'manual', captureWithin: 3_600 };
  const orderId = newId();
  const histories: Record<string, { told: Told[]; row: object }> = {
    'was paid': { told: [completed], row: nothingAsked },
    'was declined': {
      told: [{ type: 'payment.declined', reason: 'insufficient_funds', time: decidedAt }],
      row: nothingAsked,
    },
    'was cancelled before it was paid': {
      told: [{ type: 'payment.declined', reason: 'cancelled', time: decidedAt }],
      row: { ...nothingAsked, cancelRequestedAt: new Date(decidedAt), cancellationReason: 'requested' },
    },
    'is held': { told: [authorized], row: held },
    'was captured in part, after the end of its hold': {
      told: [authorized, captured],
      row: {
        ...held,
        captureRequested: 60n,
        // Orders had accepted it before the end.
        captureRequestedAt: new Date(Date.parse(captureBefore) - 1),
      },
    },
    'was released at its end': {
      told: [authorized, { type: 'payment.released', reason: 'expired', time: captureBefore }],
      row: { ...held, cancelRequestedAt: new Date(captureBefore), cancellationReason: 'expired' },
    },
    'was paid and refunded by a cancel': {
      told: [completed, refundOf(orderId, '100')],
      row: {
        ...nothingAsked,
        cancelRequestedAt: new Date('2026-11-22T12:00:00.000Z'),
        cancellationReason: 'requested',
      },
    },
  };
  for (const [what, { told, row }] of Object.entries(histories)) {
    it(`is put back with what was asked of it, if it ${what}`, async () => {
      const id = what.includes('by a cancel') ? orderId : newId();
      assert.equal(await restore(factsOf(told, { orderId: id })), true);
      assert.deepEqual(await stored(id), row);
      const { rows } = await sql`
        select actor, action, reason from operator_actions where order_id = ${id}`.execute(shop.db);
      assert.deepEqual(rows, [{ ...by, action: 'restore_order' }]);
      assert.deepEqual(await shop.eventsOf(id), ['created']);
    });
  }

  it('has its refunds in part too', async () => {
    const [id, refundId] = [newId(), newId()];
    await restore(factsOf([completed, refundOf(refundId, '30')], { orderId: id }));
    const { rows } = await sql`
      select refund_id, amount, refunded_at from refunds where order_id = ${id}`.execute(shop.db);
    assert.deepEqual(rows, [{ refundId, amount: 30n, refundedAt: null }]);
    assert.equal((await stored(id))?.['cancelRequestedAt'], null);
  });

  it('is put back once, and one that is there is left as it is', async () => {
    const { reply } = await shop.place({ amount: 100n });
    const facts = factsOf([completed], reply);
    assert.equal(await restore(facts), false);
    const again = factsOf([authorized]);
    assert.equal(await restore(again), true);
    assert.equal(await restore(again), false);
    const { rows } = await sql`
      select from operator_actions where order_id in (${reply.orderId}, ${again[0]?.orderId})`.execute(
      shop.db,
    );
    assert.equal(rows.length, 1);
  });

  const [fact] = factsOf([completed]) as [FactPayload];
  for (const [what, facts] of Object.entries({
    'another amount than payments signed': [{ ...fact, amount: '101' }],
    'another customer than payments signed': [{ ...fact, userId: newId() }],
    'no signature': [{ ...fact, signature: '' }],
    'the facts of two orders': [...factsOf([completed]), ...factsOf([refundOf(newId(), '100')])],
    'no decision': factsOf([captured]),
    'no fact': [],
  })) {
    it(`is not put back with ${what}`, async () => {
      const before = await shop.count('orders');
      await assert.rejects(restore(facts), { code: 'GZ007' });
      assert.equal(await shop.count('orders'), before);
    });
  }
});
