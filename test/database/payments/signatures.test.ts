import assert from 'node:assert/strict';
import fc from 'fast-check';
import { sql } from 'kysely';
import { eventMessage, wishMessage } from '#contracts/events/signed-messages.ts';
import { newId } from '#contracts/values/ids.ts';
import { NOT_SIGNED_BY_ORDERS } from '#payments/errors.ts';
import { cancelPayment } from '#payments/payment/cancel-payment.ts';
import { debitAccount } from '#payments/payment/debit-account.ts';
import { refusalCode } from '#platform/postgres/database.ts';
import { storeSigningKeys } from '#platform/postgres/signing-keys.queries.ts';
import { isSigned, sign } from '#platform/process/signing-keys.ts';
import { assertDenied } from '#test/support/assert-denied.ts';
import { openShop } from '#test/support/database/orders-database.ts';
import { openLedger } from '#test/support/database/payments-database.ts';
import type { Ledger } from '#test/support/database/payments-database.ts';
import { cancelWish, payWish, SIGNING_KEY } from '#test/support/database/signing.ts';
import { toWish } from '#tools/testbed/signing.ts';

const isRefused = (error: unknown) => refusalCode(error) === NOT_SIGNED_BY_ORDERS;

describe('a payment', () => {
  let ledger: Ledger;
  before(async () => {
    ledger = await openLedger();
  });
  after(async () => ledger[Symbol.asyncDispose]());
  afterEach(async () => storeSigningKeys(ledger.db, [SIGNING_KEY]));

  const payment = async () => ({
    orderId: newId(),
    userId: await ledger.openAccount(1_000n),
    amount: 100n,
    currency: 'EUR',
  });

  it('moves no money, and decides nothing, unless orders signed exactly this', async () => {
    const order = await payment();
    const { signature } = payWish(order);
    const other = await payment();
    const forgeries = {
      'no signature': { ...order, signature: '' },
      'a signature of a key that somebody guessed': toWish('pay', order, 'x'.repeat(32)),
      'another amount': { ...order, amount: 101n, signature },
      'another customer': { ...order, userId: other.userId, signature },
      'another order': { ...order, orderId: newId(), signature },
      'another currency': { ...order, currency: 'USD', signature },
      'the wish to cancel': cancelWish(order),
    };
    for (const [title, forged] of Object.entries(forgeries)) {
      await assert.rejects(debitAccount(ledger.workflowsDb, forged), isRefused, title);
    }
    assert.equal(await ledger.balanceOf(order.userId), 1_000n);
    assert.deepEqual(await ledger.decisionsOf(order.userId), []);
    assert.equal((await debitAccount(ledger.workflowsDb, payWish(order))).outcome, 'completed');
  });

  it('is not given back unless orders signed that it be cancelled', async () => {
    const order = await payment();
    const wish = payWish(order);
    await debitAccount(ledger.workflowsDb, wish);
    await assert.rejects(cancelPayment(ledger.workflowsDb, wish), isRefused);
    await assert.rejects(cancelPayment(ledger.workflowsDb, { ...order, signature: 'ab' }), isRefused);
    assert.equal(await ledger.balanceOf(order.userId), 900n);
    assert.ok((await cancelPayment(ledger.workflowsDb, cancelWish(order))).refundedAt);
    assert.equal(await ledger.balanceOf(order.userId), 1_000n);
  });

  it('is made for a wish that any of the keys signed, so that keys can be changed', async () => {
    const [older, newer] = ['the key of yesterday, 32 characters', 'the key of tomorrow, 32 characters.'];
    const order = await payment();
    await storeSigningKeys(ledger.db, [newer, older]);
    await debitAccount(ledger.workflowsDb, toWish('pay', order, older));
    const decision = await debitAccount(ledger.workflowsDb, toWish('pay', order, newer));
    assert.equal(
      decision.signature,
      sign(newer, eventMessage({ ...decision, type: 'payment.completed', reason: undefined })),
    );
    await storeSigningKeys(ledger.db, [newer]);
    await assert.rejects(debitAccount(ledger.workflowsDb, toWish('pay', order, older)), isRefused);
  });

  it('is signed for its event, as completed, as declined and as refunded', async () => {
    const [paid, declined] = [await payment(), { ...(await payment()), amount: 5_000n }];
    const completed = await debitAccount(ledger.workflowsDb, payWish(paid));
    const refusal = await debitAccount(ledger.workflowsDb, payWish(declined));
    const { refundSignature } = await cancelPayment(ledger.workflowsDb, cancelWish(paid));
    const expected = {
      completed: sign(SIGNING_KEY, eventMessage({ ...paid, type: 'payment.completed' })),
      declined: sign(
        SIGNING_KEY,
        eventMessage({ ...declined, type: 'payment.declined', reason: 'insufficient_funds' }),
      ),
      refunded: sign(SIGNING_KEY, eventMessage({ ...paid, type: 'payment.refunded' })),
    };
    assert.deepEqual(
      { completed: completed.signature, declined: refusal.signature, refunded: refundSignature },
      expected,
    );
    // As copies of an older version ask for them.
    const { rows } = await sql`
      select order_id, type, signature from event_signatures(${[paid.orderId, declined.orderId, newId()]})
      order by type`.execute(ledger.workflowsDb);
    assert.deepEqual(rows, [
      { orderId: paid.orderId, type: 'payment.completed', signature: expected.completed },
      { orderId: declined.orderId, type: 'payment.declined', signature: expected.declined },
      { orderId: paid.orderId, type: 'payment.refunded', signature: expected.refunded },
    ]);
  });

  it('cannot be made, cancelled or signed past these checks by the role workflows', async () => {
    const [order, user] = [newId(), newId()];
    await assertDenied(ledger.workflowsUrl, [
      `select * from debit('${order}', '${user}', 1, 'EUR')`,
      `select * from cancel_payment('${order}', '${user}', 1, 'EUR')`,
      'select * from signing_keys',
      `select sign_message('x')`,
      `update signing_keys set place = place`,
      `insert into signing_keys values (1, '', '')`,
    ]);
  });
});

describe('a wish of orders', () => {
  it('is signed in its outbox row, to be paid and to be cancelled, as payments expect it', async () => {
    await using shop = await openShop();
    const { reply } = await shop.place();
    await sql`select request_cancel(${reply.orderId}, ${reply.userId}, 'a trace', null, null)`.execute(
      shop.db,
    );
    const { rows } = await sql<{ kind: 'pay' | 'cancel'; signature: string }>`
      select kind, payload ->> 'signature' as signature from outbox order by outbox_id`.execute(shop.db);
    assert.deepEqual(
      rows,
      (['pay', 'cancel'] as const).map((kind) => ({
        kind,
        signature: sign(SIGNING_KEY, wishMessage(kind, reply)),
      })),
    );
  });

  it('cannot be signed by the role workflows, nor may it read the keys', async () => {
    await using shop = await openShop();
    await assertDenied(shop.workflowsUrl, [`select sign_message('x')`, 'select * from signing_keys']);
  });
});

describe('a signature', () => {
  it('is the same of the database and of the process, for any key and message', async () => {
    await using ledger = await openLedger();
    const keys = fc.string({
      minLength: 32,
      maxLength: 64,
      unit: fc.constantFrom('a', 'B', '3', '-', '_', ' ', '~'),
    });
    const messages = fc
      .string({ unit: 'grapheme' })
      .filter((text) => !text.includes('\0') && text.isWellFormed());
    await fc.assert(
      fc.asyncProperty(keys, messages, async (key, message) => {
        await storeSigningKeys(ledger.db, [key]);
        const { rows } = await sql<{
          signature: string;
        }>`select sign_message(${message}) as signature`.execute(ledger.db);
        assert.equal(rows[0]?.signature, sign(key, message));
        assert.ok(isSigned([SIGNING_KEY, key], message, rows[0].signature));
        assert.ok(!isSigned([key], `${message}x`, rows[0].signature));
      }),
      { numRuns: 50 },
    );
  });
});
