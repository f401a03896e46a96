import assert from 'node:assert/strict';
import { sql } from 'kysely';
import type { OrderReply } from '#contracts/http/orders-api.ts';
import { newId } from '#contracts/values/ids.ts';
import { INVARIANTS } from '#contracts/values/invariants.ts';
import type { InvariantId } from '#contracts/values/invariants.ts';
import { cancelOrder } from '#orders/order/cancel-order.ts';
import { captureOrder } from '#orders/order/capture-order.ts';
import { refundOrder } from '#orders/order/refund-order.ts';
import { handlePaymentEvents } from '#orders/payment-events/consume-payment-events.ts';
import { TRACEPARENT, openShop } from '#test/support/database/orders-database.ts';
import type { Shop } from '#test/support/database/orders-database.ts';
import { COMPLETED, messageOf } from '#test/support/database/payment-events.ts';
import { openLedger } from '#test/support/database/payments-database.ts';
import type { Ledger } from '#test/support/database/payments-database.ts';
import { SIGNING_KEY } from '#test/support/database/signing.ts';
import { stepsOfWorkflows } from '#test/support/workflow/carry-out.ts';
import type { StepsOfWorkflows } from '#test/support/workflow/carry-out.ts';
import { checkHeld, checkHolds, checkHoldsEnd } from '#tools/invariants/check-holds.ts';
import { checkBalances, checkSingleDebit, checkSums } from '#tools/invariants/check-ledger.ts';
import {
  checkIdempotency,
  checkNothingPending,
  checkOutbox,
  checkTransitions,
} from '#tools/invariants/check-orders.ts';
import { checkRefundedAmounts, checkRefundPostings } from '#tools/invariants/check-refunds.ts';
import type { CheckResult } from '#tools/invariants/check-result.ts';

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
      await checkRefundPostings(payments),
      await checkHeld(payments),
      await checkHolds(payments),
      await checkRefundedAmounts(payments),
      await checkHoldsEnd(payments),
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
    const titles = Object.fromEntries((await checkAll()).map(({ id, title }) => [id, title]));
    assert.deepEqual([titles['I2'], titles['I6']], [INVARIANTS.I2, INVARIANTS.I6]);
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
        ['I5', 0, []],
        ['I13', 1, []],
        ['I14', 0, []],
        ['I15', 0, []],
        ['I16', 0, []],
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

  describe('of orders that were reserved, captured, released and refunded in parts', () => {
    const request = { traceparent: TRACEPARENT, idempotency: undefined };
    let steps: StepsOfWorkflows;
    let captured: OrderReply;
    let released: OrderReply;
    beforeEach(async () => {
      steps = stepsOfWorkflows(shop, ledger);
      const place = async () => {
        const userId = await ledger.openAccount(1_000n);
        return (await shop.place({ userId, amount: 300n, captureWithin: 60 })).reply;
      };
      [captured, released] = [await place(), await place()];
      await place();
      await settle();
      await captureOrder(
        shop.db,
        {
          orderId: captured.orderId,
          requestedBy: newId(),
          amount: 200n,
          ...request,
          idempotency: keyed('capture'),
        },
        () => {},
      );
      await cancelOrder(
        shop.db,
        { orderId: released.orderId, userId: released.userId, ...request },
        () => {},
      );
      await settle();
      for (const amount of [50n, 70n]) {
        const refund = { orderId: captured.orderId, requestedBy: newId(), amount, reason: undefined };
        await refundOrder(shop.db, { ...refund, ...request, idempotency: keyed('refund') }, () => {});
      }
      await settle();
    });
    const settle = async () => steps.apply(await steps.carryOut());
    const keyed = (key: string) => ({ key, requestHash: Buffer.from('a hash') });
    /** The breaches by invariant, after a statement that no product may run. */
    const breachesAfter = async (in_: 'orders' | 'payments', statement: string) => {
      await sql.raw(statement).execute(in_ === 'orders' ? shop.db : ledger.db);
      return breachesOf(await checkAll());
    };

    it('hold', async () => {
      const results = await checkAll();
      assert.deepEqual(breachesOf(results), {});
      const checked = new Map(results.map((result) => [result.id, result.checked]));
      assert.deepEqual(
        ['I5', 'I13', 'I14', 'I15'].map((id) => checked.get(id as InvariantId)),
        [2, 3, 2, 1],
      );
    });

    const repeat = (kind: string) => `drop index one_step_an_order;
      insert into postings (transfer_id, kind, account, user_id, order_id, refund_id, amount, balance_after)
      select gen_random_uuid(), kind, account, user_id, order_id, refund_id, amount, balance_after from postings
      where kind = '${kind}'`;
    const planted: [title: string, ...Parameters<typeof breachesAfter>, found: Record<string, RegExp>][] = [
      [
        'an account of which more is held than its holds',
        'payments',
        'update accounts set held = held + 1 where held > 0',
        {
          I1: /of account .* 301 is held, and its postings of holds come to 300/,
          I2: /holds 301 and net sales 80/,
          I13: /of account .* 301 is held, and its live holds come to 300/,
        },
      ],
      [
        'a closed hold that still counts',
        'payments',
        'update holds set closed_at = null, captured = null, release_reason = null where captured = 200',
        {
          I13: /of account .* 0 is held, and its live holds come to 300/,
          I14: /the hold of order .* is live, and 200 was captured and 100 released/,
        },
      ],
      [
        'a hold that was captured twice',
        'payments',
        repeat('capture'),
        {
          I1: /is held, and its postings of holds come to -200/,
          I2: /net sales 280/,
          I3: /has 2 postings of kind capture to/,
          I14: /was held, captured or released 2 times/,
        },
      ],
      [
        'a rest that was not released',
        'payments',
        `delete from postings where kind = 'release' and order_id in (select order_id from holds where captured > 0)`,
        {
          I1: /has a balance of 920, and postings of 820/,
          I14: /of the closed hold of order .* over 300, 200 was captured and 0 released/,
        },
      ],
      [
        'a capture above the hold',
        'payments',
        `update postings set amount = amount * 2 where kind = 'capture'`,
        {
          I1: /come to -200/,
          I2: /net sales 280/,
          I14: /of the closed hold .* 400 was captured and 100 released/,
        },
      ],
      [
        'a captured amount that the ledger does not have',
        'payments',
        'update holds set captured = 201 where captured = 200',
        { I14: /captured 201 of its hold by its row and 200 by the ledger, and sales got 200/ },
      ],
      [
        'a hold that was made twice',
        'payments',
        repeat('hold'),
        {
          I1: /has a balance of/,
          I2: /has 1 postings that sum to/,
          I3: /has 2 postings of kind hold to/,
          I14: /the hold of order .* is of 300, and 600 was held/,
        },
      ],
      [
        'a hold without a row',
        'payments',
        'delete from holds where closed_at is null',
        { I13: /300 is held, and its live holds come to 0/, I14: /has no hold, and 300 was held for it/ },
      ],
      [
        'an order that was debited and held',
        'payments',
        `insert into postings (transfer_id, kind, account, user_id, order_id, amount, balance_after)
         select order_id, 'debit', account, user_id, order_id, side.amount, balance_after
         from holds, (values ('customer', -1, 0), ('sales', 1, null)) as side (account, amount, balance_after)
         where captured > 0`,
        {
          I1: /has a balance of 920, and postings of 919/,
          I2: /net sales 81/,
          I3: /order .* was debited, and held too/,
        },
      ],
      [
        'refunds above what was captured',
        'payments',
        `insert into refunds select gen_random_uuid(), order_id, user_id, 81, 201, now() from refunds limit 1`,
        {
          I5: /refund .* is of 81, its customer got 0, and sales gave 0/,
          I15: /of order .* 200 was captured, and its refunds come to 201/,
        },
      ],
      [
        'a ledger that gave back more than was captured',
        'payments',
        `update postings set amount = amount * 4 where kind = 'refund'`,
        {
          I1: /has a balance of/,
          I2: /net sales -280/,
          I5: /refund .* is of 50, its customer got 200, and sales gave 200/,
          I15: /of order .* 200 was captured, and 480 refunded/,
        },
      ],
      [
        'a refund that was made twice',
        'payments',
        repeat('refund'),
        {
          I1: /has a balance of/,
          I2: /net sales -40/,
          I3: /has 2 postings of kind refund to/,
          I5: /is of 50, its customer got 100/,
          I15: /200 was captured, and 240 refunded/,
        },
      ],
      [
        'a total of refunds that is not theirs',
        'payments',
        'update refunds set total = 121 where total = 120',
        { I5: /says that 121 was refunded by then, and it was 120/ },
      ],
      [
        'a hold that is live after its end',
        'payments',
        `update holds set capture_before = now() - interval '61 s' where closed_at is null`,
        { I16: /the hold of order .* ended at .*, and is live/ },
      ],
      [
        'an order that goes back from paid to authorized',
        'orders',
        `insert into order_events (order_id, user_id, status)
         select order_id, user_id, 'authorized' from orders where status = 'paid'`,
        { I6: /went from paid to authorized/ },
      ],
      [
        'a capture that nobody carries out',
        'orders',
        `update orders set capture_requested_at = now() - interval '1 s', capture_requested = 1
         where status = 'authorized'`,
        { I7: /waits for its capture since/ },
      ],
      [
        'a release that nobody carries out',
        'orders',
        `update orders set cancel_requested_at = now() - interval '1 s' where status = 'authorized'`,
        { I7: /waits for its cancel since/ },
      ],
      [
        'a refund that nobody makes',
        'orders',
        'update refunds set refunded_at = null where amount = 50',
        { I7: /refund .* is not made since/ },
      ],
      [
        'an acknowledged capture that is gone',
        'orders',
        `update orders set capture_requested_at = null, capture_requested = null where status = 'paid'`,
        { I7: /the capture of order .* was acknowledged under the key capture, and is gone/ },
      ],
      [
        'an acknowledged refund that is gone',
        'orders',
        'delete from refunds where amount = 50',
        { I7: /refund .* was acknowledged under the key refund, and is gone/ },
      ],
      [
        'a refund that answers to two keys',
        'orders',
        `insert into idempotency_keys (scope, key, request_hash, reply)
         select scope, 'another', request_hash, reply from idempotency_keys where key = 'refund' limit 1`,
        { I9: /refund .* is the answer to 2 keys/ },
      ],
    ];
    for (const [title, database, statement, expected] of planted) {
      it(`find ${title}`, async () => {
        const found = await breachesAfter(database, statement);
        assert.deepEqual(
          Object.keys(found).toSorted(),
          Object.keys(expected).toSorted(),
          JSON.stringify(found),
        );
        for (const [id, example] of Object.entries(expected)) assert.match(found[id] ?? '', example);
      });
    }
  });
});

function breachesOf(results: readonly CheckResult[]): Record<string, string> {
  const broken = results.filter(({ breaches }) => breaches > 0);
  return Object.fromEntries(broken.map(({ id, examples }) => [id, examples.join('; ')]));
}
