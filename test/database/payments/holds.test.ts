import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { eventMessage } from '#contracts/events/signed-messages.ts';
import type { OrderPayment, RecordedFact } from '#contracts/values/decision.ts';
import { newId } from '#contracts/values/ids.ts';
import { getAccount } from '#payments/account/get-account.ts';
import { topUpAccount } from '#payments/account/top-up-account.ts';
import { DECIDED_OTHERWISE, NOT_ALLOWED, NOT_SIGNED_BY_ORDERS } from '#payments/errors.ts';
import { cancelOrRelease } from '#payments/payment/cancel-payment.ts';
import { debitAccount } from '#payments/payment/debit-account.ts';
import { findOverdueHolds } from '#payments/payment/facts.queries.ts';
import { authorizePayment, captureHold } from '#payments/payment/hold-payment.ts';
import { refundPayment } from '#payments/payment/refund-payment.ts';
import { refusalCode } from '#platform/postgres/database.ts';
import { isSigned } from '#platform/process/signing-keys.ts';
import { openLedger } from '#test/support/database/payments-database.ts';
import type { Ledger } from '#test/support/database/payments-database.ts';
import {
  SIGNING_KEY,
  authorizeWish,
  captureWish,
  payWish,
  refundWish,
  releaseWish,
} from '#test/support/database/signing.ts';
import { isProblem } from '#test/support/is-problem.ts';

const COPIES = 12;

const refuses = (code: string) => (error: unknown) => refusalCode(error) === code;

describe('a hold', () => {
  let ledger: Ledger;
  before(async () => {
    ledger = await openLedger();
  });
  after(async () => ledger[Symbol.asyncDispose]());

  const orderOf = async (amount: bigint, balance = 1_000n): Promise<OrderPayment> => ({
    orderId: newId(),
    userId: await ledger.openAccount(balance),
    amount,
    currency: 'EUR',
  });
  const authorize = async (order: OrderPayment, within?: number) =>
    authorizePayment(ledger.workflowsDb, authorizeWish(order, within));
  const capture = async (order: OrderPayment, amount: bigint, requestedAt?: Date) =>
    captureHold(ledger.workflowsDb, captureWish(order, amount, requestedAt));
  const release = async (order: OrderPayment, given?: Parameters<typeof releaseWish>[1]) =>
    cancelOrRelease(ledger.workflowsDb, releaseWish(order, given));
  const refund = async (order: OrderPayment, amount: bigint, refundId?: string) =>
    refundPayment(ledger.workflowsDb, refundWish(order, amount, refundId));
  const typesOf = (facts: readonly RecordedFact[]) => facts.map(({ type }) => type);
  const accountOf = async ({ userId }: OrderPayment) => {
    const { balance, held, available } = await getAccount(ledger.db, userId);
    return { balance, held, available };
  };
  const movements = async ({ userId }: OrderPayment) =>
    (await ledger.postingsOf(userId))
      .filter(({ kind }) => kind !== 'top_up')
      .map(({ kind, account, amount, balanceAfter }) => [kind, account, amount, balanceAfter]);

  it('moves the money from what is available to what is held, once', async () => {
    const order = await orderOf(400n);
    const [first, ...others] = await Promise.all(
      Array.from({ length: COPIES }, async () => authorize(order, 60)),
    );
    for (const one of others) assert.deepEqual(one, first);
    assert.deepEqual(typesOf(first ?? []), ['payment.authorized']);
    assert.deepEqual(await accountOf(order), { balance: 1_000n, held: 400n, available: 600n });
    assert.deepEqual(await movements(order), [
      ['hold', 'customer', -400n, 600n],
      ['hold', 'held', 400n, null],
    ]);
    const end = first?.[0]?.captureBefore?.getTime() ?? 0;
    const decided = first?.[0]?.time.getTime() ?? 0;
    assert.ok(end >= decided + 60_000 && end < decided + 90_000);
  });

  it('is declined beyond what is available, whatever is held', async () => {
    const order = await orderOf(700n);
    await authorize(order);
    const another = { ...order, orderId: newId(), amount: 301n };
    const [declined] = await authorize(another);
    assert.deepEqual([declined?.type, declined?.reason], ['payment.declined', 'insufficient_funds']);
    const debit = await debitAccount(ledger.workflowsDb, payWish({ ...another, orderId: newId() }));
    assert.equal(debit.reason, 'insufficient_funds');
    assert.deepEqual(await accountOf(order), { balance: 1_000n, held: 700n, available: 300n });
  });

  it('counts for the limit of the balance, so that it can come back', async () => {
    const most = 1_000_000_000_000_000n;
    const order = await orderOf(400n);
    await authorize(order);
    const topUp = async (amount: bigint) =>
      topUpAccount(ledger.db, { userId: order.userId, amount, idempotency: undefined });
    await assert.rejects(topUp(most - 999n), isProblem('balance_limit_exceeded'));
    await topUp(most - 1_000n);
    await release(order);
    assert.equal((await accountOf(order)).available, most);
  });

  it('is captured in part, and the rest is released in the same transaction', async () => {
    const order = await orderOf(400n);
    await authorize(order);
    const facts = await capture(order, 150n);
    assert.deepEqual(typesOf(facts), ['payment.authorized', 'payment.captured']);
    assert.equal(facts[1]?.amountCaptured, 150n);
    assert.deepEqual(await accountOf(order), { balance: 850n, held: 0n, available: 850n });
    assert.deepEqual((await movements(order)).slice(2), [
      ['capture', 'held', -150n, null],
      ['capture', 'sales', 150n, null],
      ['release', 'customer', 250n, 850n],
      ['release', 'held', -250n, null],
    ]);
  });

  it('is captured as a whole without a release', async () => {
    const order = await orderOf(400n);
    await authorize(order);
    await capture(order, 400n);
    assert.deepEqual(await accountOf(order), { balance: 600n, held: 0n, available: 600n });
    assert.deepEqual((await movements(order)).slice(2), [
      ['capture', 'held', -400n, null],
      ['capture', 'sales', 400n, null],
    ]);
  });

  it('is captured once, whatever comes after it', async () => {
    const order = await orderOf(400n);
    await authorize(order);
    const first = await capture(order, 150n);
    assert.deepEqual(await capture(order, 150n), first);
    assert.deepEqual(await capture(order, 400n), first);
    assert.deepEqual(await release(order), first);
    assert.deepEqual(await release(order, { reason: 'expired' }), first);
    assert.deepEqual(await authorize(order), first);
    assert.deepEqual(await accountOf(order), { balance: 850n, held: 0n, available: 850n });
  });

  for (const reason of ['requested', 'expired'] as const) {
    it(`that is released as ${reason} gives everything back, once, and is never captured after`, async () => {
      const order = await orderOf(400n);
      await authorize(order);
      const first = await release(order, { reason });
      assert.deepEqual(typesOf(first), ['payment.authorized', 'payment.released']);
      assert.equal(first[1]?.reason, reason);
      assert.deepEqual(await release(order, { reason: 'requested' }), first);
      assert.deepEqual(await capture(order, 400n), first);
      assert.deepEqual(await accountOf(order), { balance: 1_000n, held: 0n, available: 1_000n });
      assert.deepEqual((await movements(order)).slice(2), [
        ['release', 'customer', 400n, 1_000n],
        ['release', 'held', -400n, null],
      ]);
    });
  }

  it('that was cancelled before it was authorized never is', async () => {
    const order = await orderOf(400n);
    const cancelled = await release(order);
    assert.deepEqual([cancelled[0]?.type, cancelled[0]?.reason], ['payment.declined', 'cancelled']);
    assert.deepEqual(await authorize(order), cancelled);
    assert.deepEqual(await capture(order, 400n), cancelled);
    assert.deepEqual(await movements(order), []);
  });

  it('cannot be captured beyond it, nor by a request after its end, nor can another order’s be', async () => {
    const order = await orderOf(400n);
    const [hold] = await authorize(order);
    await assert.rejects(capture(order, 401n), refuses(NOT_ALLOWED));
    await assert.rejects(capture(order, 0n), refuses(NOT_ALLOWED));
    await assert.rejects(capture(order, 400n, hold?.captureBefore ?? undefined), refuses(NOT_ALLOWED));
    await assert.rejects(capture({ ...order, orderId: newId() }, 400n), refuses(NOT_ALLOWED));
    await assert.rejects(capture({ ...order, amount: 500n }, 400n), refuses(DECIDED_OTHERWISE));
    assert.deepEqual(await accountOf(order), { balance: 1_000n, held: 400n, available: 600n });
  });

  it('may be captured late by a request that came in time', async () => {
    const order = await orderOf(400n);
    const [hold] = await authorize(order, 1);
    const before = new Date((hold?.captureBefore?.getTime() ?? 0) - 1);
    await sql`select pg_sleep(1.1)`.execute(ledger.db);
    assert.equal((await capture(order, 400n, before))[1]?.type, 'payment.captured');
  });

  it('is moved by nothing that orders did not sign', async () => {
    const order = await orderOf(400n);
    const wish = authorizeWish(order, 60);
    const { signature } = payWish(order);
    const db = ledger.workflowsDb;
    const refused = refuses(NOT_SIGNED_BY_ORDERS);
    await assert.rejects(authorizePayment(db, { ...wish, captureWithin: 61 }), refused);
    await assert.rejects(authorizePayment(db, { ...wish, signature }), refused);
    await authorizePayment(db, wish);
    await assert.rejects(captureHold(db, { ...captureWish(order, 10n), capture: 11n }), refused);
    await assert.rejects(captureHold(db, { ...captureWish(order, 10n), requestedAt: new Date(0) }), refused);
    await assert.rejects(cancelOrRelease(db, { ...releaseWish(order), reason: 'expired' }), refused);
    await assert.rejects(cancelOrRelease(db, { ...releaseWish(order), refund: 1n }), refused);
    await captureHold(db, captureWish(order, 10n));
    await assert.rejects(refundPayment(db, { ...refundWish(order, 10n), refundId: newId() }), refused);
    await assert.rejects(refundPayment(db, { ...refundWish(order, 1n), refund: 10n }), refused);
    assert.deepEqual(await accountOf(order), { balance: 990n, held: 0n, available: 990n });
  });

  it('ends one way when everything comes at once', async () => {
    const ends = new Set<string>();
    for (let round = 0; round < COPIES; round++) {
      const order = await orderOf(400n);
      await authorize(order);
      const steps = [
        async () => capture(order, 150n),
        async () => release(order),
        async () => release(order, { reason: 'expired' }),
        async () => authorize(order),
      ];
      const rotated = steps.map((_, index) => steps[(index + round) % steps.length] ?? (async () => []));
      await Promise.all([...rotated, ...rotated].map(async (step) => step()));
      const [, end] = await authorize(order);
      ends.add(String(end?.type));
      const left = end?.type === 'payment.captured' ? 850n : 1_000n;
      assert.deepEqual(await accountOf(order), { balance: left, held: 0n, available: left });
    }
    assert.deepEqual([...ends].toSorted(), ['payment.captured', 'payment.released']);
  });

  it('is found when it is overdue and live, with what asks orders for its end', async () => {
    const [overdue, closed, live] = [await orderOf(1n), await orderOf(1n), await orderOf(1n)];
    const [hold] = await authorize(overdue, 1);
    await authorize(closed, 1);
    await release(closed);
    await authorize(live, 600);
    await sql`select pg_sleep(1.1)`.execute(ledger.db);
    const found = await findOverdueHolds(ledger.workflowsDb, 0, 10);
    assert.deepEqual(
      found.filter(({ userId }) => [overdue, closed, live].some((order) => order.userId === userId)),
      [hold],
    );
    assert.deepEqual(await findOverdueHolds(ledger.workflowsDb, 3_600, 10), []);
  });

  it('gives way to a later order for the same request', async () => {
    const order = await orderOf(400n);
    await authorize(order);
    const again = { ...order, orderId: newId().slice(0, 19) + order.orderId.slice(19) };
    assert.deepEqual(typesOf(await authorize(again)), ['payment.authorized']);
    assert.deepEqual(await accountOf(order), { balance: 1_000n, held: 400n, available: 600n });
    assert.deepEqual(typesOf(await authorize(order)), ['payment.authorized', 'payment.released']);
  });

  describe('and refunds', () => {
    it('are made in parts, each once, and never beyond what was captured', async () => {
      const order = await orderOf(400n);
      await authorize(order);
      await capture(order, 300n);
      const refundId = newId();
      const first = await refund(order, 100n, refundId);
      assert.deepEqual(await refund(order, 100n, refundId), first);
      assert.deepEqual(
        [first.type, first.refundId, first.refundAmount, first.amountCaptured, first.amountRefunded],
        ['payment.refunded', refundId, 100n, 300n, 100n],
      );
      await assert.rejects(refund(order, 101n, refundId), refuses(DECIDED_OTHERWISE));
      await assert.rejects(refund(order, 201n), refuses(NOT_ALLOWED));
      assert.equal((await refund(order, 200n)).amountRefunded, 300n);
      await assert.rejects(refund(order, 1n), refuses(NOT_ALLOWED));
      assert.deepEqual(await accountOf(order), { balance: 1_000n, held: 0n, available: 1_000n });
    });

    it('from many sides at once come to what was captured at most', async () => {
      const order = await orderOf(400n);
      await debitAccount(ledger.workflowsDb, payWish(order));
      const made = await Promise.allSettled(Array.from({ length: COPIES }, async () => refund(order, 90n)));
      assert.equal(made.filter(({ status }) => status === 'fulfilled').length, 4);
      assert.equal((await accountOf(order)).available, 960n);
      const totals = made.flatMap((one) => (one.status === 'fulfilled' ? [one.value.amountRefunded] : []));
      assert.deepEqual(
        totals.map(Number).toSorted((a, b) => a - b),
        [90, 180, 270, 360],
      );
    });

    it('of a cancel are of as much as orders says', async () => {
      const order = await orderOf(400n);
      await debitAccount(ledger.workflowsDb, payWish(order));
      await refund(order, 100n);
      const facts = await release(order, { refund: 300n });
      assert.deepEqual(await release(order, { refund: 300n }), facts);
      assert.deepEqual(typesOf(facts), ['payment.completed', 'payment.refunded', 'payment.refunded']);
      assert.equal(facts[2]?.refundId, order.orderId);
      assert.equal((await accountOf(order)).available, 1_000n);
    });

    it('of nothing that was captured are refused', async () => {
      const [held, released, declined] = [await orderOf(400n), await orderOf(400n), await orderOf(4_000n)];
      for (const order of [held, released, declined]) await authorize(order);
      await release(released);
      for (const order of [held, released, declined]) {
        await assert.rejects(refund(order, 1n));
        assert.equal((await accountOf(order)).balance, 1_000n);
      }
    });
  });

  it('is reported by events that payments signed, whatever their type', async () => {
    const order = await orderOf(400n);
    await authorize(order);
    await capture(order, 300n);
    await refund(order, 100n);
    const another = await orderOf(400n);
    await authorize(another);
    const facts = [...(await authorize(order)), ...(await release(another))];
    assert.deepEqual(typesOf(facts), [
      'payment.authorized',
      'payment.captured',
      'payment.refunded',
      'payment.authorized',
      'payment.released',
    ]);
    for (const fact of facts) {
      const message = eventMessage({
        ...fact,
        reason: fact.reason ?? undefined,
        captureBefore: fact.captureBefore?.toISOString(),
        amountCaptured: fact.amountCaptured ?? undefined,
        refundId: fact.refundId ?? undefined,
        refundAmount: fact.refundAmount ?? undefined,
        amountRefunded: fact.amountRefunded ?? undefined,
      });
      assert.ok(isSigned([SIGNING_KEY], message, fact.signature), fact.type);
    }
  });
});
