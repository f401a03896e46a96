import assert from 'node:assert/strict';
import fc from 'fast-check';
import { paymentEvent, paymentEventSchema } from '#contracts/events/payment-events.ts';
import type { PaymentFact } from '#contracts/events/payment-events.ts';
import { MAX_AMOUNT } from '#contracts/values/money/money.ts';
import { DECLINE_REASONS } from '#contracts/values/order-status.ts';

const fact: PaymentFact = {
  type: 'payment.completed',
  orderId: '0198c4a5-7e1b-7abc-8def-0123456789ab',
  userId: '3f2504e0-4f89-41d3-9a0c-0305e82c3301',
  amount: 1250n,
  currency: 'EUR',
  time: '2026-03-01T12:00:00.000Z',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
};

const facts = fc.record({
  type: fc.constantFrom(
    'payment.completed' as const,
    'payment.declined' as const,
    'payment.refunded' as const,
  ),
  orderId: fc.uuid(),
  userId: fc.uuid(),
  amount: fc.bigInt(1n, MAX_AMOUNT),
  currency: fc.constantFrom('EUR', 'JPY'),
  time: fc
    .date({ noInvalidDate: true, min: new Date(0), max: new Date('9999-12-31') })
    .map((date) => date.toISOString()),
  reason: fc.constantFrom(...DECLINE_REASONS),
});

describe('a payment event', () => {
  it('is a CloudEvent with all facts of the decision', () => {
    assert.deepEqual(JSON.parse(JSON.stringify(paymentEvent(fact))), {
      specversion: '1.0',
      id: `${fact.orderId}/decision`,
      source: '/gozon/payments',
      type: 'payment.completed',
      subject: fact.orderId,
      time: fact.time,
      datacontenttype: 'application/json',
      traceparent: fact.traceparent,
      data: { orderId: fact.orderId, userId: fact.userId, amount: 1250, currency: 'EUR', rank: 1 },
    });
  });

  it('carries the reason of a decline', () => {
    const event = paymentEvent({ ...fact, type: 'payment.declined', reason: 'insufficient_funds' });
    assert.deepEqual({ ...event.data }, { ...paymentEvent(fact).data, reason: 'insufficient_funds' });
  });

  it('has one id for the decision and another for the refund of an order', () => {
    const idOf = (type: PaymentFact['type']) => paymentEvent({ ...fact, type, reason: 'cancelled' }).id;
    assert.equal(idOf('payment.completed'), idOf('payment.declined'));
    assert.equal(idOf('payment.refunded'), `${fact.orderId}/refund`);
  });

  it('is the same bytes for the same fact, in whatever order its fields are given', () => {
    fc.assert(
      fc.property(facts, (one) => {
        const reversed = Object.fromEntries(Object.entries(one).toReversed()) as unknown as PaymentFact;
        assert.equal(JSON.stringify(paymentEvent(one)), JSON.stringify(paymentEvent(reversed)));
      }),
    );
  });

  it('is read back as it was written', () => {
    fc.assert(
      fc.property(facts, (one) => {
        const event = paymentEvent(one);
        assert.deepEqual(
          JSON.parse(JSON.stringify(paymentEventSchema.parse(JSON.parse(JSON.stringify(event))))),
          JSON.parse(JSON.stringify(event)),
        );
      }),
    );
  });

  it('is refused for a decline without a reason', () => {
    assert.throws(() => paymentEvent({ ...fact, type: 'payment.declined' }));
  });
});

describe('a message of payment-status.v1 is refused when', () => {
  const event = JSON.parse(JSON.stringify(paymentEvent(fact))) as Record<string, unknown> & { data: object };
  const withData = (data: object) => ({ ...event, data: { ...event.data, ...data } });
  const without = (name: string) => Object.fromEntries(Object.entries(event).filter(([key]) => key !== name));

  const refusals: Record<string, unknown> = {
    'it is no object': 'payment.completed',
    'it is null': null,
    'its type is not known': { ...event, type: 'payment.lost' },
    'its version of CloudEvents is not ours': { ...event, specversion: '0.3' },
    'its subject is another order': { ...event, subject: fact.userId },
    'its rank is not that of its type': withData({ rank: 2 }),
    'its refund has the rank of a decision': { ...event, type: 'payment.refunded' },
    'its decline has no reason': { ...event, type: 'payment.declined' },
    'its reason is not known': { ...withData({ reason: 'mood' }), type: 'payment.declined' },
    'its order is no UUID': { ...withData({ orderId: '1' }), subject: '1' },
    'its user is no UUID': withData({ userId: 'me' }),
    'its amount is zero': withData({ amount: 0 }),
    'its amount is not whole': withData({ amount: 12.5 }),
    'its amount is text': withData({ amount: '1250' }),
    'its time is no RFC 3339': { ...event, time: 'yesterday' },
    'its id is empty': { ...event, id: '' },
    'its id is too long for the inbox': { ...event, id: 'x'.repeat(201) },
    'it has no id': without('id'),
    'it has no data': without('data'),
    'its content type is another': { ...event, datacontenttype: 'text/plain' },
  };
  for (const [fault, message] of Object.entries(refusals)) {
    it(fault, () => assert.equal(paymentEventSchema.safeParse(message).success, false));
  }
});

describe('a message of payment-status.v1', () => {
  it('may have fields that a later version added', () => {
    const event = paymentEvent(fact);
    const later = { ...event, data: { ...event.data, channel: 'web' }, tenant: 'one' };
    assert.ok(paymentEventSchema.safeParse(JSON.parse(JSON.stringify(later))).success);
  });
});
