import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { handlePaymentEvents } from '#orders/payment-events/consume-payment-events.ts';
import { openShop } from '#test/support/database/orders-database.ts';
import type { Shop } from '#test/support/database/orders-database.ts';
import { COMPLETED, messageOf } from '#test/support/database/payment-events.ts';
import { openLedger } from '#test/support/database/payments-database.ts';
import type { Ledger } from '#test/support/database/payments-database.ts';
import { SIGNING_KEY } from '#test/support/database/signing.ts';
import { checkBalances, checkSingleDebit, checkSums } from '#tools/invariants/check-ledger.ts';
import {
  checkIdempotency,
  checkNothingPending,
  checkOutbox,
  checkTransitions,
} from '#tools/invariants/check-orders.ts';

describe('the oracle’s checks of single tables', () => {
  let shop: Shop;
  let ledger: Ledger;
  beforeEach(async () => {
    [shop, ledger] = await Promise.all([openShop(), openLedger({ size: 2 })]);
  });
  afterEach(async () => {
    await shop[Symbol.asyncDispose]();
    await ledger[Symbol.asyncDispose]();
  });

  const checkAll = async () => {
    const [orders, payments] = [shop.db as never, ledger.db as never];
    return [
      await checkBalances(payments),
      await checkSums(payments),
      await checkSingleDebit(payments),
      await checkTransitions(orders),
      await checkNothingPending(orders, 0),
      await checkIdempotency(orders),
      await checkOutbox(orders, 0),
    ];
  };

  it('hold for a paid order and an account that was topped up', async () => {
    await ledger.openAccount(1_000n);
    const { reply } = await shop.place({ idempotency: { key: 'a key', requestHash: Buffer.from('a hash') } });
    const deadLetters = {
      send: async () => assert.fail('a dead letter'),
      [Symbol.asyncDispose]: async () => {},
    };
    await handlePaymentEvents({ db: shop.db, deadLetters, signingKeys: [SIGNING_KEY] }, [
      messageOf(reply, COMPLETED),
    ]);
    await sql`update outbox set dispatched_at = now()`.execute(shop.db);
    assert.deepEqual(
      (await checkAll()).map(({ id, checked, examples }) => [id, checked, examples]),
      [
        ['I1', 1, []],
        ['I2', 2, []],
        ['I3', 0, []],
        ['I6', 1, []],
        ['I7', 1, []],
        ['I9', 1, []],
        ['I10', 1, []],
      ],
    );
  });

  it('find a balance without postings, and an order that is undecided and not dispatched', async () => {
    const userId = await ledger.openAccount();
    await sql`update accounts set balance = 5 where user_id = ${userId}`.execute(ledger.db);
    const { reply } = await shop.place();
    const examples = new Map((await checkAll()).map((result) => [result.id, result.examples[0] ?? '']));
    assert.equal(examples.get('I1'), `account ${userId} has a balance of 5, and postings of 0`);
    assert.match(examples.get('I7') ?? '', new RegExp(`^order ${reply.orderId} is undecided since `));
    assert.match(
      examples.get('I10') ?? '',
      new RegExp(`^the outbox row of workflow order-${reply.orderId} waits since .*, after 0 attempts$`),
    );
  });
});
