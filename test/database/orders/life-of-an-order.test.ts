import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { PaymentFact } from '#contracts/events/payment-events.ts';
import { newId } from '#contracts/values/ids.ts';
import { handlePaymentEvents } from '#orders/payment-events/consume-payment-events.ts';
import { openShop } from '#test/support/database/orders-database.ts';
import type { Shop } from '#test/support/database/orders-database.ts';
import { messageOf } from '#test/support/database/payment-events.ts';
import { SIGNING_KEY } from '#test/support/database/signing.ts';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';

const text = readFileSync(path.join(CHECKOUT, 'docs/api.md'), 'utf8');
const diagram = /```mermaid\nstateDiagram-v2\n(.+?)```/s.exec(text)?.[1] ?? '';
const arrows = [...diagram.matchAll(/^ +(\w+) --> (\w+): (payment\.\w+)/gm)].map(
  ([, from = '', to = '', event = '']) => ({ from, to, event }),
);

type Event = Pick<PaymentFact, 'type'> & Partial<PaymentFact>;

const AMOUNT = 1250n;

const refundOf = (amount: bigint) =>
  ({
    type: 'payment.refunded',
    refundId: newId(),
    refundAmount: amount,
    amountCaptured: AMOUNT,
    amountRefunded: amount,
  }) as const;

/** The event that an arrow names. */
function eventOf({ to, event }: (typeof arrows)[number]): Event {
  const details: Record<string, Event> = {
    'payment.completed': { type: 'payment.completed' },
    'payment.authorized': { type: 'payment.authorized', captureBefore: '2100-01-01T00:00:00.000Z' },
    'payment.declined': {
      type: 'payment.declined',
      reason: to === 'cancelled' ? 'cancelled' : 'insufficient_funds',
    },
    'payment.captured': { type: 'payment.captured', amountCaptured: AMOUNT },
    'payment.released': { type: 'payment.released', reason: 'requested' },
    'payment.refunded': refundOf(AMOUNT),
  };
  const named = details[event];
  assert.ok(named, event);
  return named;
}

/** Each way from a placed order to a status, over the arrows. */
function waysTo(status: string): Event[][] {
  if (status === 'created') return [[]];
  return arrows
    .filter(({ to }) => to === status)
    .flatMap((arrow) => waysTo(arrow.from).map((way) => [...way, eventOf(arrow)]));
}

describe('the life of an order, as docs/api.md draws it', () => {
  let shop: Shop;
  before(async () => {
    shop = await openShop();
  });
  after(async () => shop[Symbol.asyncDispose]());

  const handle = async (...messages: ReturnType<typeof messageOf>[]) =>
    handlePaymentEvents(
      {
        db: shop.db,
        deadLetters: {
          send: async () => assert.fail('a good message was to be a dead letter'),
          async [Symbol.asyncDispose]() {},
        },
        signingKeys: [SIGNING_KEY],
      },
      messages,
    );

  for (const arrow of arrows) {
    const { from, to, event } = arrow;
    for (const way of waysTo(from)) {
      const manual = [...way.map(({ type }) => type), event].includes('payment.authorized');
      const before = way.map(({ type }) => type).join(', ') || 'nothing';

      it(`leads from ${from} to ${to} by ${event}, after ${before}`, async () => {
        const { reply } = await shop.place({ amount: AMOUNT, ...(manual && { captureWithin: 600 }) });
        for (const earlier of way) await handle(messageOf(reply, earlier));
        assert.equal(await shop.statusOf(reply.orderId), from);
        await handle(messageOf(reply, eventOf(arrow)));
        assert.equal(await shop.statusOf(reply.orderId), to);
      });
    }
  }

  it('has no arrow for a refund of a part: the order stays paid', async () => {
    const { reply } = await shop.place({ amount: AMOUNT });
    await handle(messageOf(reply, { type: 'payment.completed' }), messageOf(reply, refundOf(1n)));
    assert.equal(await shop.statusOf(reply.orderId), 'paid');
  });
});
