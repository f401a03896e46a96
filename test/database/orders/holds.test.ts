import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Idempotency } from '@gozon/postgres-idempotency';
import fc from 'fast-check';
import { sql } from 'kysely';
import type { PaymentFact } from '#contracts/events/payment-events.ts';
import { eventMessage } from '#contracts/events/signed-messages.ts';
import type { OrderReply } from '#contracts/http/orders-api.ts';
import { newId } from '#contracts/values/ids.ts';
import { paymentWorkflowId, refundWorkflowId } from '#contracts/values/workflow-ids.ts';
import { NOT_SIGNED_BY_PAYMENTS } from '#orders/errors.ts';
import { cancelOrder } from '#orders/order/cancel-order.ts';
import { captureOrder } from '#orders/order/capture-order.ts';
import { expireOrder } from '#orders/order/expire-order.ts';
import { getOrder } from '#orders/order/get-orders.ts';
import { listRefunds, refundOrder } from '#orders/order/refund-order.ts';
import { handlePaymentEvents } from '#orders/payment-events/consume-payment-events.ts';
import { refusalCode } from '#platform/postgres/database.ts';
import { sign } from '#platform/process/signing-keys.ts';
import { TRACEPARENT, openShop } from '#test/support/database/orders-database.ts';
import type { Shop } from '#test/support/database/orders-database.ts';
import {
  CANCELLED,
  COMPLETED,
  DECLINED,
  EVENT_TIME,
  messageOf,
} from '#test/support/database/payment-events.ts';
import {
  SIGNING_KEY,
  authorizeWish,
  captureWish,
  refundWish,
  releaseWish,
} from '#test/support/database/signing.ts';
import { isProblem } from '#test/support/is-problem.ts';

const AMOUNT = 1250n;
const MERCHANT = newId();
const COPIES = 10;

const keyed = (key: string, request = key): Idempotency => ({
  key,
  requestHash: createHash('sha256').update(request).digest(),
});

describe('an order that is captured later', () => {
  let shop: Shop;
  before(async () => {
    shop = await openShop();
  });
  after(async () => shop[Symbol.asyncDispose]());

  const deadLetters = {
    send: async () => assert.fail('a good message was to be a dead letter'),
    async [Symbol.asyncDispose]() {},
  };
  const handle = async (...messages: ReturnType<typeof messageOf>[]) =>
    handlePaymentEvents({ db: shop.db, deadLetters, signingKeys: [SIGNING_KEY] }, messages);
  const place = async (captureWithin = 600) => (await shop.place({ captureWithin })).reply;
  const authorized = async (captureBefore = '2100-01-01T00:00:00.000Z') => {
    const order = await place();
    await handle(messageOf(order, { type: 'payment.authorized', captureBefore }));
    return order;
  };
  const captured = async (amount = AMOUNT) => {
    const order = await authorized();
    await capture(order, amount);
    await handle(messageOf(order, { type: 'payment.captured', amountCaptured: amount }));
    return order;
  };
  const paid = async () => {
    const { reply } = await shop.place();
    await handle(messageOf(reply, COMPLETED));
    return reply;
  };
  const capture = async ({ orderId }: OrderReply, amount?: bigint, idempotency?: Idempotency) =>
    captureOrder(
      shop.db,
      { orderId, requestedBy: MERCHANT, amount, traceparent: TRACEPARENT, idempotency },
      () => {},
    );
  const cancel = async ({ orderId, userId }: OrderReply) =>
    cancelOrder(shop.db, { orderId, userId, traceparent: TRACEPARENT, idempotency: undefined }, () => {});
  const refund = async ({ orderId }: OrderReply, amount: bigint, idempotency?: Idempotency) =>
    refundOrder(
      shop.db,
      { orderId, requestedBy: MERCHANT, amount, reason: undefined, traceparent: TRACEPARENT, idempotency },
      () => {},
    );
  const expire = async (order: OrderReply, captureBefore: string) => {
    const signed = eventMessage({
      orderId: order.orderId,
      userId: order.userId,
      amount: order.amount,
      currency: order.currency,
      type: 'payment.authorized',
      captureBefore,
    });
    const hold = { orderId: order.orderId, captureBefore, signature: sign(SIGNING_KEY, signed) };
    return expireOrder(shop.workflowsDb, hold);
  };
  const read = async ({ userId, orderId }: OrderReply) =>
    getOrder(shop.db, { userId, readsAll: false }, orderId);
  const rowsOf = async ({ orderId }: OrderReply) => {
    const { rows } = await sql<{ kind: string; workflowId: string; payload: Record<string, unknown> }>`
      select kind, workflow_id, payload from outbox where payload ->> 'orderId' = ${orderId} order by outbox_id`.execute(
      shop.db,
    );
    return rows;
  };

  it('asks for its hold, and is authorized until the hold ends', async () => {
    const order = await place(90);
    const [row] = await rowsOf(order);
    const { orderId, userId } = order;
    const { signature } = authorizeWish({ orderId, userId, amount: AMOUNT, currency: 'EUR' }, 90);
    assert.deepEqual(row, {
      kind: 'authorize',
      workflowId: paymentWorkflowId(orderId),
      payload: {
        orderId,
        userId,
        amount: '1250',
        currency: 'EUR',
        captureMethod: 'manual',
        captureWithin: 90,
        signature,
      },
    });
    assert.deepEqual(
      [order.captureMethod, order.captureBefore, order.amountCapturable],
      ['manual', null, 0n],
    );
    const captureBefore = '2100-01-01T00:00:00.000Z';
    await handle(messageOf(order, { type: 'payment.authorized', captureBefore }));
    const { status, statusCode, amountCapturable, ...now } = await read(order);
    assert.deepEqual([status, statusCode, amountCapturable], ['authorized', 5, AMOUNT]);
    assert.equal(now.captureBefore, captureBefore);
  });

  it('takes one capture, of a part or all, and asks payments for exactly that', async () => {
    const [part, all] = [await authorized(), await authorized()];
    const { reply } = await capture(part, 400n);
    assert.deepEqual([reply.status, reply.amountCapturable], ['authorized', 0n]);
    assert.ok(reply.captureRequestedAt);
    await capture(all);
    for (const [order, amount] of [
      [part, 400n],
      [all, AMOUNT],
    ] as const) {
      const { payload, ...row } = (await rowsOf(order))[1] ?? assert.fail();
      assert.deepEqual(row, { kind: 'capture', workflowId: paymentWorkflowId(order.orderId) });
      const { captureRequestedAt } = await read(order);
      const { signature } = captureWish(order, amount, new Date(captureRequestedAt ?? ''));
      assert.deepEqual(payload['capture'], {
        amount: String(amount),
        requestedAt: captureRequestedAt,
        signature,
      });
      await assert.rejects(capture(order, 1n), isProblem('order_not_capturable'));
    }
    await handle(messageOf(part, { type: 'payment.captured', amountCaptured: 400n }));
    const { status, amountCaptured, amountRefunded } = await read(part);
    assert.deepEqual([status, amountCaptured, amountRefunded], ['paid', 400n, 0n]);
    assert.deepEqual(await shop.eventsOf(part.orderId), ['created', 'authorized', 'authorized', 'paid']);
  });

  it('answers a repeat of a capture as before, and refuses its key for another amount', async () => {
    const order = await authorized();
    const key = newId();
    const first = await capture(order, 400n, keyed(key));
    assert.deepEqual(await capture(order, 400n, keyed(key)), { ...first, replayed: true });
    await assert.rejects(capture(order, 401n, keyed(key, 'another')), isProblem('idempotency_key_reused'));
    assert.equal((await rowsOf(order)).length, 2);
  });

  const notCapturable: Record<string, () => Promise<OrderReply>> = {
    'is paid at once': paid,
    'is not authorized yet': async () => place(),
    'was captured': async () => captured(),
    'is being cancelled': async () => {
      const order = await authorized();
      await cancel(order);
      return order;
    },
    'was declined': async () => {
      const order = await place();
      await handle(messageOf(order, DECLINED));
      return order;
    },
    'was cancelled': async () => {
      const order = await place();
      await handle(messageOf(order, CANCELLED));
      return order;
    },
    'has a hold that has ended': async () => authorized('2020-01-01T00:00:00.000Z'),
    'has a hold whose end was accepted': async () => {
      const order = await authorized('2020-01-01T00:00:00.000Z');
      await expire(order, '2020-01-01T00:00:00.000Z');
      return order;
    },
  };
  for (const [state, open] of Object.entries(notCapturable)) {
    it(`cannot be captured when it ${state}, and nothing changes`, async () => {
      const order = await open();
      const before = [await read(order), await rowsOf(order)];
      await assert.rejects(capture(order, 1n), isProblem('order_not_capturable'));
      assert.deepEqual([await read(order), await rowsOf(order)], before);
    });
  }

  it('cannot be captured beyond what is held, nor when it does not exist', async () => {
    const order = await authorized();
    await assert.rejects(capture(order, AMOUNT + 1n), isProblem('capture_exceeds_hold'));
    await assert.rejects(capture({ ...order, orderId: newId() }, 1n), isProblem('order_not_found'));
    assert.equal((await rowsOf(order)).length, 1);
  });

  it('is released by a cancel, before and after it is authorized', async () => {
    for (const order of [await place(), await authorized()]) {
      await cancel(order);
      await cancel(order);
      const [, row, ...others] = await rowsOf(order);
      assert.deepEqual(
        [row?.kind, row?.workflowId, others],
        ['release', paymentWorkflowId(order.orderId), []],
      );
      const { signature } = releaseWish(order);
      assert.deepEqual(row?.payload['cancel'], { reason: 'requested', refund: '0', signature });
    }
  });

  it('cannot be cancelled once its capture was accepted, until it is captured', async () => {
    const order = await authorized();
    await capture(order, 400n);
    await assert.rejects(cancel(order), isProblem('order_not_cancellable'));
    await handle(messageOf(order, { type: 'payment.captured', amountCaptured: 400n }));
    await cancel(order);
    const row = (await rowsOf(order)).at(-1);
    const { signature } = releaseWish(order, { refund: 400n });
    assert.equal(row?.kind, 'cancel');
    assert.deepEqual(row.payload['cancel'], { reason: 'requested', refund: '400', signature });
  });

  it('ends once by this database’s clock, unless a capture or a cancel came first', async () => {
    const past = '2020-01-01T00:00:00.000Z';
    const [ended, early, asked] = [await authorized(past), await authorized(), await authorized()];
    const first = await expire(ended, past);
    assert.deepEqual(first, {
      state: 'expired',
      wish: {
        reason: 'expired',
        refund: '0',
        signature: releaseWish(ended, { reason: 'expired' }).signature,
      },
    });
    assert.deepEqual(await expire(ended, past), first);
    assert.deepEqual(await expire(early, '2100-01-01T00:00:00.000Z'), { state: 'early', wish: null });
    await capture(asked, 1n);
    assert.deepEqual(await expire(asked, past), { state: 'asked', wish: null });
    await handle(messageOf(ended, { type: 'payment.released', reason: 'expired' }));
    const { status, cancellationReason } = await read(ended);
    assert.deepEqual([status, cancellationReason], ['cancelled', 'expired']);
  });

  it('ends also when orders has not heard of its hold, and never for a hold that payments did not sign', async () => {
    const past = '2020-01-01T00:00:00.000Z';
    const order = await place();
    await assert.rejects(
      expireOrder(shop.workflowsDb, { orderId: order.orderId, captureBefore: past, signature: 'ab' }),
      (error) => refusalCode(error) === NOT_SIGNED_BY_PAYMENTS,
    );
    assert.equal((await expire(order, past)).state, 'expired');
    await handle(messageOf(order, { type: 'payment.released', reason: 'expired' }));
    await handle(messageOf(order, { type: 'payment.authorized', captureBefore: past }));
    assert.equal((await read(order)).status, 'cancelled');
  });

  it('has one winner of captures, cancels and its end that come at once', async () => {
    const winners = new Set<string>();
    for (let round = 0; round < COPIES; round++) {
      const order = await authorized('2020-01-01T00:00:00.000Z');
      // As if it had been accepted just in time: the clock decides elsewhere.
      await sql`update orders set capture_before = now() + interval '1 hour' where order_id = ${order.orderId}`.execute(
        shop.db,
      );
      const wishes = [
        async () => capture(order, 100n),
        async () => cancel(order),
        async () => expire(order, '2020-01-01T00:00:00.000Z'),
      ];
      const rotated = wishes.map((_, index) => wishes[(index + round) % 3] ?? assert.fail());
      await Promise.allSettled([...rotated, ...rotated].map(async (wish) => wish()));
      const { rows } = await sql<{ capture: boolean; cancel: boolean; reason: string | null }>`
        select capture_requested_at is not null as capture, cancel_requested_at is not null as cancel,
               cancellation_reason as reason
        from orders where order_id = ${order.orderId}`.execute(shop.db);
      const [row] = rows;
      assert.notEqual(row?.capture, row?.cancel);
      winners.add(row?.capture ? 'capture' : String(row?.reason));
    }
    assert.ok(winners.size > 1, [...winners].join());
  });

  it('is refunded in parts, together at most what was captured', async () => {
    const order = await captured(1_000n);
    const key = newId();
    const first = await refund(order, 300n, keyed(key));
    assert.deepEqual(await refund(order, 300n, keyed(key)), { ...first, replayed: true });
    assert.equal(first.reply.status, 'pending');
    await assert.rejects(refund(order, 701n), isProblem('refund_exceeds_captured'));
    const second = await refund(order, 700n);
    await assert.rejects(refund(order, 1n), isProblem('refund_exceeds_captured'));
    const rows = (await rowsOf(order)).slice(2);
    assert.deepEqual(
      rows.map(({ kind, workflowId, payload }) => [
        kind,
        workflowId,
        payload['refund'],
        payload['signature'],
      ]),
      [first, second].map(({ reply: { refundId, amount } }) => [
        'refund',
        refundWorkflowId(refundId),
        String(amount),
        refundWish(order, amount, refundId).signature,
      ]),
    );
    const refunded = (id: string, amount: bigint, total: bigint) =>
      messageOf(order, {
        type: 'payment.refunded',
        refundId: id,
        refundAmount: amount,
        amountCaptured: 1_000n,
        amountRefunded: total,
      });
    const one = refunded(second.reply.refundId, 700n, 700n);
    await handle(one, one);
    await handle(one);
    const part = await read(order);
    assert.deepEqual([part.status, part.amountRefunded], ['paid', 700n]);
    await handle(refunded(first.reply.refundId, 300n, 1_000n));
    const all = await read(order);
    assert.deepEqual([all.status, all.amountRefunded, all.amountCaptured], ['refunded', 1_000n, 1_000n]);
    const listed = await listRefunds(shop.db, { userId: order.userId, readsAll: false }, order.orderId);
    assert.deepEqual(
      listed.map(({ refundId, status }) => [refundId, status]),
      [first, second].map(({ reply }) => [reply.refundId, 'succeeded']),
    );
  });

  it('counts a refund once even when its inbox has forgotten the event', async () => {
    const order = await captured(1_000n);
    const { reply } = await refund(order, 300n);
    const event = messageOf(order, {
      type: 'payment.refunded',
      refundId: reply.refundId,
      refundAmount: 300n,
      amountCaptured: 1_000n,
      amountRefunded: 300n,
    });
    await handle(event);
    await sql`delete from inbox`.execute(shop.db);
    await handle(event);
    assert.equal((await read(order)).amountRefunded, 300n);
  });

  it('that a cancel has refunded lists the refund from the time of its event on', async () => {
    const order = await paid();
    await cancel(order);
    await handle(
      messageOf(order, {
        type: 'payment.refunded',
        refundId: order.orderId,
        refundAmount: AMOUNT,
        amountCaptured: AMOUNT,
        amountRefunded: AMOUNT,
      }),
    );
    const listed = await listRefunds(shop.db, { userId: order.userId, readsAll: false }, order.orderId);
    assert.deepEqual(
      listed.map(({ refundId, amount, createdAt, refundedAt }) => [refundId, amount, createdAt, refundedAt]),
      [[order.orderId, AMOUNT, EVENT_TIME, EVENT_TIME]],
    );
  });

  const notRefundable: Record<string, () => Promise<OrderReply>> = {
    'is authorized': async () => authorized(),
    'is not decided': async () => place(),
    'is being cancelled': async () => {
      const order = await paid();
      await cancel(order);
      return order;
    },
  };
  for (const [state, open] of Object.entries(notRefundable)) {
    it(`cannot be refunded when it ${state}`, async () => {
      const order = await open();
      await assert.rejects(refund(order, 1n), isProblem('order_not_refundable'));
      assert.deepEqual(
        await listRefunds(shop.db, { userId: order.userId, readsAll: false }, order.orderId),
        [],
      );
    });
  }

  it('that is paid and cancelled is refunded of what no refund has, and keeps the refunds under way', async () => {
    const order = await paid();
    await refund(order, 250n);
    await cancel(order);
    const row = (await rowsOf(order)).at(-1);
    const { signature } = releaseWish(order, { refund: 1_000n });
    assert.deepEqual(row?.payload['cancel'], { reason: 'requested', refund: '1000', signature });
    const all = await paid();
    await refund(all, AMOUNT);
    await assert.rejects(cancel(all), isProblem('order_not_cancellable'));
  });

  it('has the same refund after a restore that forgot it', async () => {
    const order = await captured(1_000n);
    const key = keyed(newId());
    const first = await refund(order, 300n, key);
    await sql`delete from refunds where order_id = ${order.orderId}`.execute(shop.db);
    await sql`delete from outbox where kind = 'refund'`.execute(shop.db);
    await sql`delete from idempotency_keys where key = ${key.key}`.execute(shop.db);
    assert.equal((await refund(order, 300n, key)).reply.refundId, first.reply.refundId);
  });

  for (const [what, amount] of Object.entries({ 'a part': 300n, 'all of it': 1_000n })) {
    it(`has the same refund of ${what} when its key is forgotten, and the refund is there`, async () => {
      const order = await captured(1_000n);
      const key = keyed(newId());
      const first = await refund(order, amount, key);
      const told = { refundId: first.reply.refundId, refundAmount: amount, amountRefunded: amount };
      await handle(messageOf(order, { type: 'payment.refunded', amountCaptured: 1_000n, ...told }));
      await sql`delete from idempotency_keys where key = ${key.key}`.execute(shop.db);
      const { reply, replayed } = await refund(order, amount, key);
      assert.deepEqual([reply.refundId, reply.status, replayed], [first.reply.refundId, 'succeeded', true]);
      await assert.rejects(refund(order, amount + 1n, key), { code: 'idempotency_key_reused' });
      assert.equal((await read(order)).amountRefunded, amount);
    });
  }

  it('comes to the same in whatever sequence, batches and repetition its events come', async () => {
    type Outcome = Parameters<typeof messageOf>[1];
    const captureBefore = '2100-01-01T00:00:00.000Z';
    const refunds = (amount: bigint, parts: bigint[]): Outcome[] =>
      parts.map((part, index) => ({
        type: 'payment.refunded',
        refundId: newId(),
        refundAmount: part,
        amountCaptured: amount,
        amountRefunded: parts.slice(0, index + 1).reduce((sum, one) => sum + one, 0n),
      }));
    const life = fc.oneof(
      fc.constant({ events: (): Outcome[] => [DECLINED], status: 'failed', refunded: 0n }),
      fc.constantFrom('requested' as const, 'expired' as const).map((reason) => ({
        events: (): Outcome[] => [
          { type: 'payment.authorized', captureBefore },
          { type: 'payment.released', reason },
        ],
        status: 'cancelled',
        refunded: 0n,
      })),
      fc
        .tuple(fc.bigInt(1n, AMOUNT), fc.array(fc.bigInt(1n, 600n), { maxLength: 3 }))
        .map(([amount, parts]) => {
          const fitting: bigint[] = [];
          let left = amount;
          for (const part of parts.filter((one) => one <= left)) {
            if (part > left) continue;
            fitting.push(part);
            left -= part;
          }
          return {
            events: (): Outcome[] => [
              { type: 'payment.authorized', captureBefore } satisfies Partial<PaymentFact>,
              { type: 'payment.captured', amountCaptured: amount },
              ...refunds(amount, fitting),
            ],
            status: left === 0n ? 'refunded' : 'paid',
            refunded: amount - left,
          };
        }),
    );
    const deliveries = fc.array(fc.record({ pick: fc.nat(), endsBatch: fc.boolean() }), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(
        life,
        deliveries,
        fc.boolean(),
        async ({ events, status, refunded }, order, reversed) => {
          const placed = await place();
          const messages = events().map((event) => messageOf(placed, event));
          const sequence = order.map(({ pick, endsBatch }) => ({
            message: messages[pick % messages.length] ?? assert.fail(),
            endsBatch,
          }));
          const rest = (reversed ? messages.toReversed() : messages).map((message) => ({
            message,
            endsBatch: true,
          }));
          let batch: ReturnType<typeof messageOf>[] = [];
          for (const { message, endsBatch } of [...sequence, ...rest]) {
            batch.push(message);
            if (!endsBatch) continue;
            await handle(...batch);
            batch = [];
          }
          const now = await read(placed);
          assert.deepEqual([now.status, now.amountRefunded], [status, refunded]);
        },
      ),
      { numRuns: 40 },
    );
  });
});
