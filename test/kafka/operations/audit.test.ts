import assert from 'node:assert/strict';
import { PAYMENT_STATUS_DEAD_LETTERS, DEAD_LETTER_GROUP } from '#contracts/events/payment-events.ts';
import type { Invariant } from '#contracts/http/system-api.ts';
import { newId } from '#contracts/values/ids.ts';
import { openProducer } from '#platform/kafka/producer.ts';
import type { MessageProducer } from '#platform/kafka/producer.ts';
import { createLogger } from '#platform/process/logger.ts';
import { WELL, openAuditedDatabases } from '#test/support/database/audited-databases.ts';
import type { AuditedDatabases } from '#test/support/database/audited-databases.ts';
import { COMPLETED, messageOf, REFUNDED } from '#test/support/database/payment-events.ts';
import { infrastructure } from '#test/support/infrastructure.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import { openTopics } from '#tools/testbed/topics.ts';

/** In s: longer than every grace period. */
const LONG = 1_000;

describe('the audit', function () {
  this.timeout(60_000);
  let databases: AuditedDatabases;
  beforeEach(async () => {
    databases = await openAuditedDatabases();
  });
  afterEach(async () => databases[Symbol.asyncDispose]());

  /** Asserts that the audit finds this invariant violated, with this example. */
  async function assertBroken(id: Invariant['id'], example: RegExp): Promise<void> {
    const { state, examples } = await databases.check(id);
    assert.equal(state, 'violated', `${id} is ${state}`);
    const found = examples.find((one) => example.test(one));
    assert.ok(found, `${example} is not among: ${examples.join(' ')}`);
  }

  /** Books the postings of a kind again, as a product without its index could. */
  async function repeatPostings(orderId: string, kind: string): Promise<void> {
    await databases.inPayments('drop index if exists one_step_an_order');
    await databases.inPayments(
      `insert into postings (transfer_id, kind, account, user_id, order_id, refund_id, amount, balance_after)
       select gen_random_uuid(), kind, account, user_id, order_id, refund_id, amount, balance_after from postings
       where order_id = '${orderId}' and kind = '${kind}'`,
    );
  }

  it('finds no breach in databases that agree, and reports how much it checked', async () => {
    await databases.order();
    await databases.order({ balance: 1n });
    await databases.reserve();
    const [whole, part, released] = [
      await databases.reserve(),
      await databases.reserve(),
      await databases.reserve(),
    ];
    await databases.capture(whole);
    await databases.capture(part, 100n);
    await databases.refund(part, 40n);
    await databases.refund(part, 60n);
    await databases.refund(whole, 10n);
    await databases.cancel(whole);
    await databases.cancel(released);
    await databases.expire();
    // A Kafka that has just started takes some seconds to know what a group has read.
    await eventually('dead letters to be checked', async () => (await databases.check('I11')).state === 'ok');
    const { checked } = await databases.check('I5');
    const report = databases.audit.report();
    assert.ok(checked >= 6);
    assert.deepEqual(
      report.map(({ state }) => state),
      report.map(() => 'ok'),
      report.flatMap(({ examples }) => examples).join(', '),
    );
    const passed = report.filter(({ fullPassAt }) => fullPassAt !== null).map(({ id }) => id);
    assert.deepEqual(passed, ['I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'I13', 'I14', 'I15']);
  });

  it('is quiet once all that there is was found to agree, until there is something new', async () => {
    await databases.order();
    assert.equal(await databases.audit.isQuiet(), false, 'nothing is known yet');
    await eventually('dead letters to be checked', async () => (await databases.check('I11')).state === 'ok');
    assert.equal(await databases.audit.isQuiet(), true);
    await databases.ledger.openAccount(1n);
    assert.equal(await databases.audit.isQuiet(), false, 'there is a posting');
    assert.equal(await databases.audit.isQuiet(), true);
    const { reply } = await databases.shop.place();
    assert.equal(await databases.audit.isQuiet(), false, 'there is an order');
    assert.equal(await databases.audit.isQuiet(), false, 'it waits');
    await databases.inOrders(
      `update orders set status = 'paid', status_rank = 1 where order_id = '${reply.orderId}'`,
    );
    assert.equal(await databases.audit.isQuiet(), false, 'its outbox row waits');
    await databases.inOrders('update outbox set dispatched_at = now()');
    assert.equal(await databases.audit.isQuiet(), true);
  });

  it('is not quiet while something is wrong', async () => {
    const userId = await databases.ledger.openAccount();
    await databases.inPayments(`update accounts set balance = 5 where user_id = '${userId}'`);
    await databases.check('I1');
    await databases.audit.isQuiet();
    assert.equal(await databases.audit.isQuiet(), false);
  });

  it('reports every invariant as unknown before its first round', () => {
    const report = databases.audit.report();
    assert.deepEqual(
      report.map(({ state }) => state),
      report.map(() => 'unknown'),
    );
  });

  it('I1: finds a balance that no posting explains, though the account never moved', async () => {
    const userId = await databases.ledger.openAccount();
    await databases.inPayments(`update accounts set balance = 5 where user_id = '${userId}'`);
    await assertBroken('I1', new RegExp(`Account ${userId} has a balance of 5, and its postings come to 0`));
  });

  it('I1: finds a posting whose recorded balance does not follow from the one before', async () => {
    const { userId } = await databases.order();
    await databases.inPayments(
      `update postings set balance_after = balance_after + 1 where user_id = '${userId}' and kind = 'top_up' and account = 'customer'`,
    );
    await assertBroken('I1', /left account .* with 1001, and 0 was there before/);
  });

  it('I2: finds a transfer whose sides differ, and one that has only one side', async () => {
    const { orderId } = await databases.order();
    await databases.inPayments(
      `update postings set amount = 299 where order_id = '${orderId}' and account = 'sales'`,
    );
    await assertBroken('I2', /Transfer .* has 2 postings, which sum to -1/);
    await databases.inPayments(`delete from postings where order_id = '${orderId}' and account = 'sales'`);
    await assertBroken('I2', /has 1 postings, which sum to -300/);
  });

  it('I2: accepts a transfer whose sides have ids far apart', async () => {
    const { orderId } = await databases.order();
    await databases.inPayments('alter table postings alter posting_id set generated by default');
    await databases.inPayments(
      `update postings set posting_id = posting_id + 30000 where order_id = '${orderId}' and account = 'sales'`,
    );
    const { state, checked } = await databases.check('I2');
    assert.equal(state, 'ok');
    assert.ok(checked >= 4);
  });

  it('I3: finds an order that was debited twice', async () => {
    const { orderId } = await databases.order();
    await repeatPostings(orderId, 'debit');
    await assertBroken('I3', new RegExp(`${orderId}: debited 2 times`));
  });

  it('I3: finds an order that was held twice, and a refund that was made twice', async () => {
    const [held, refunded] = [await databases.reserve(), await databases.order()];
    await databases.refund(refunded, 100n);
    await repeatPostings(held.orderId, 'hold');
    await assertBroken('I3', new RegExp(`${held.orderId}: held 2 times`));
    await repeatPostings(refunded.orderId, 'refund');
    await assertBroken('I3', /refund .* was made 2 times/);
  });

  it('I4: finds a decision about another amount than the order’s', async () => {
    const { orderId } = await databases.order();
    await databases.inPayments(`update decisions set amount = 299 where order_id = '${orderId}'`);
    await assertBroken(
      'I4',
      new RegExp(`${orderId}: the order is over 300 EUR, and was decided over 299 EUR`),
    );
  });

  it('I5: finds an order whose status differs from its decision', async () => {
    const { orderId } = await databases.order();
    await databases.inOrders(
      `update orders set status = 'failed', failure_reason = 'insufficient_funds' where order_id = '${orderId}'`,
    );
    await assertBroken('I5', /the order is failed \(insufficient_funds\), and payments says paid/);
  });

  it('I5: finds an order that is not captured as payments says', async () => {
    const order = await databases.reserve();
    await databases.capture(order, 100n);
    await databases.inOrders(`update orders set amount_captured = 101 where order_id = '${order.orderId}'`);
    await assertBroken('I5', /the order is paid, 101 captured, and payments says paid, 100 captured/);
  });

  it('I5: finds a refund that the ledger has otherwise', async () => {
    const order = await databases.order();
    await databases.refund(order, 100n);
    await databases.inPayments(`update refunds set amount = 99, total = 99`);
    await databases.inOrders(`update refunds set amount = 99; update orders set amount_refunded = 99`);
    await assertBroken('I5', /refund .* is of 99, of 99 by then: sales gave 100, and customer got 100/);
  });

  it('I5: finds a capture, a release and a refund that nobody asked for', async () => {
    const [captured, released, refunded] = [
      await databases.reserve(),
      await databases.reserve(),
      await databases.order(),
    ];
    await databases.capture(captured);
    await databases.cancel(released);
    await databases.refund(refunded, 1n);
    await databases.inPayments(
      `update holds set closed_at = closed_at - interval '1 hour' where closed_at is not null;
       update refunds set refunded_at = refunded_at - interval '1 hour'`,
    );
    await databases.check('I5');
    databases.advance(LONG);
    assert.equal((await databases.check('I5')).state, 'ok');
    await databases.inOrders(
      `update orders set capture_requested_at = null, capture_requested = null, cancel_requested_at = null;
       delete from refunds; update orders set amount_refunded = 0`,
    );
    const { examples } = await databases.check('I5');
    assert.equal(examples.length, 3, examples.join(' '));
    for (const found of [
      `Order ${captured.orderId}: payments captured 300, and nobody asked to capture the order.`,
      `Order ${released.orderId}: payments released the hold, and nobody asked to cancel the order.`,
    ]) {
      assert.ok(examples.includes(found), examples.join(' '));
    }
    assert.match(examples.join(' '), /payments refunded 1 as .*, and nobody asked for it/);
  });

  it('I5: finds a decision about an order that does not exist', async () => {
    const { orderId } = await databases.order();
    for (const table of ['outbox', 'order_events', 'orders'])
      await databases.inOrders(`delete from ${table} where order_id = '${orderId}'`);
    await assertBroken('I5', new RegExp(`${orderId}: payments knows an order that orders does not have`));
  });

  it('I5: finds a lost event, once the system has been well for long enough', async () => {
    const { orderId } = await databases.order();
    await databases.inOrders(
      `update orders set status = 'created', status_rank = 0, amount_captured = null where order_id = '${orderId}'`,
    );
    await databases.inPayments(`update decisions set decided_at = now() - interval '1 hour'`);
    assert.equal((await databases.check('I5')).state, 'ok');
    databases.advance(LONG);
    await assertBroken('I5', /the order is created, and lacks payment.completed/);
  });

  it('I6: finds an order that was decided twice', async () => {
    const { orderId } = await databases.order();
    await databases.inOrders(
      `insert into order_events (order_id, user_id, status, detail)
       select order_id, user_id, 'failed', '{"eventId": "another"}' from orders where order_id = '${orderId}'`,
    );
    await assertBroken('I6', new RegExp(`Order ${orderId} was decided 2 times`));
  });

  it('I7: finds an order that stays undecided, and a cancel that stays unfinished', async () => {
    const { reply } = await databases.shop.place();
    await databases.check('I7');
    databases.advance(LONG);
    assert.equal((await databases.check('I7')).state, 'ok', 'it was placed a moment ago');
    await databases.inOrders(`update orders set created_at = now() - interval '1 hour'`);
    await assertBroken('I7', new RegExp(`Order ${reply.orderId} has been undecided for 36\\d\\d s`));
    await databases.inOrders(
      `update orders set status = 'paid', status_rank = 1, cancel_requested_at = now() - interval '2 hours'`,
    );
    await assertBroken('I7', /has been waiting for its cancel for 72\d\d s/);
  });

  it('I7: finds a capture, the release of a hold and a refund that stay unfinished', async () => {
    const [captured, released, refunded] = [
      await databases.reserve(),
      await databases.reserve(),
      await databases.order(),
    ];
    await databases.inOrders(
      `update orders set capture_requested_at = now() - interval '1 hour', capture_requested = 1
       where order_id = '${captured.orderId}';
       update orders set cancel_requested_at = now() - interval '1 hour' where order_id = '${released.orderId}';
       insert into refunds (refund_id, order_id, amount, created_at)
       values (gen_random_uuid(), '${refunded.orderId}', 1, now() - interval '1 hour')`,
    );
    await databases.check('I7');
    databases.advance(LONG);
    const { state, breaches, examples } = await databases.check('I7');
    assert.deepEqual([state, breaches], ['violated', 3]);
    for (const [index, { orderId }, what] of [
      [0, captured, 'its capture'],
      [1, released, 'its cancel'],
      [2, refunded, 'a refund'],
    ] as const) {
      assert.match(
        examples[index] ?? '',
        new RegExp(`^Order ${orderId} has been waiting for ${what} for 36\\d\\d s`),
      );
    }
  });

  it('I13: finds an account of which more is held than its holds, or less', async () => {
    const { userId } = await databases.reserve();
    await databases.inPayments(`update accounts set held = 301 where user_id = '${userId}'`);
    await assertBroken('I13', new RegExp(`Of account ${userId} 301 is held, and its live holds come to 300`));
    await databases.inPayments(`update accounts set held = 0 where user_id = '${userId}'`);
    await assertBroken('I13', new RegExp(`Of account ${userId} 0 is held, and its live holds come to 300`));
  });

  it('I13: finds a closed hold that still counts, and an account without holds that holds', async () => {
    const order = await databases.reserve();
    await databases.capture(order);
    await databases.inPayments(`update accounts set held = 300 where user_id = '${order.userId}'`);
    await assertBroken(
      'I13',
      new RegExp(`Of account ${order.userId} 300 is held, and its live holds come to 0`),
    );
    const userId = await databases.ledger.openAccount();
    await databases.inPayments(`update accounts set held = 1 where user_id = '${userId}'`);
    await assertBroken('I13', new RegExp(`Of account ${userId} 1 is held, and its live holds come to 0`));
  });

  it('I14: finds a hold that was captured twice, or above what is held', async () => {
    const [twice, above] = [await databases.reserve(), await databases.reserve()];
    await databases.capture(twice, 100n);
    await databases.capture(above, 100n);
    await repeatPostings(twice.orderId, 'capture');
    await assertBroken(
      'I14',
      new RegExp(`${twice.orderId}: the ledger has 2 postings of kind capture to one account`),
    );
    await databases.inPayments(
      `update postings set amount = amount * 4 where order_id = '${above.orderId}' and kind = 'capture'`,
    );
    await assertBroken('I14', /of the closed hold 100 is the capture: held gave 400, and sales got 400/);
  });

  it('I14: finds a rest that was not released after a capture, and a hold that was released twice', async () => {
    const [kept, twice] = [await databases.reserve(), await databases.reserve()];
    await databases.capture(kept, 100n);
    await databases.cancel(twice);
    await databases.inPayments(
      `delete from postings where order_id = '${kept.orderId}' and kind = 'release'`,
    );
    await assertBroken('I14', /of the closed hold 200 is the release: held gave 0, and customer got 0/);
    await repeatPostings(twice.orderId, 'release');
    await assertBroken('I14', /the ledger has 2 postings of kind release to one account/);
  });

  it('I15: finds refunds that are together more than was captured', async () => {
    const order = await databases.reserve();
    await databases.capture(order, 100n);
    await databases.refund(order, 60n);
    await databases.inPayments(
      `insert into refunds (refund_id, order_id, user_id, amount, total, refunded_at)
       select gen_random_uuid(), order_id, user_id, 41, 101, now() from refunds`,
    );
    await assertBroken('I15', new RegExp(`${order.orderId}: 100 was captured, and 101 refunded`));
  });

  it('I16: finds a hold that is live after its end, unless a part is away', async () => {
    const { orderId } = await databases.reserve();
    const end = `now() - interval '1 hour'`;
    await databases.inPayments(`update holds set capture_before = ${end}`);
    databases.reading = { ...WELL, ready: { ...WELL.ready, workflows: false } };
    assert.equal((await databases.check('I16')).state, 'waiting');
    databases.reading = WELL;
    await databases.check('I16');
    databases.advance(LONG);
    await assertBroken('I16', new RegExp(`Order ${orderId} has been held beyond its end for 36\\d\\d s`));
    await databases.inPayments(`update holds set capture_before = now() - interval '50 s'`);
    assert.equal((await databases.check('I16')).state, 'ok');
  });

  it('I10: finds an outbox that does not drain', async () => {
    await databases.shop.place();
    assert.equal((await databases.check('I10')).state, 'ok');
    databases.advance(LONG);
    await assertBroken(
      'I10',
      /The outbox row of workflow order-.* has been waiting for 10\d\d s, after 0 failed attempts/,
    );
    await databases.inOrders('update outbox set dispatched_at = now()');
    assert.equal((await databases.check('I10')).state, 'ok');
    await databases.inOrders('update outbox set dispatched_at = null, due_at = now()');
    assert.equal((await databases.check('I10')).state, 'ok', 'it is sent again, and its time starts again');
  });

  describe('on the dead-letter topic', () => {
    const kafka = {
      brokers: [infrastructure().kafka],
      clientId: 'test',
      log: createLogger('test', 'fatal'),
    };
    let producer: MessageProducer;
    before(() => {
      producer = openProducer(kafka);
    });
    after(async () => producer[Symbol.asyncDispose]());
    // Other tests leave dead letters there.
    beforeEach(async () => giveBack());

    const put = async (key: string, ...values: (Buffer | string | null)[]) =>
      producer.send(
        PAYMENT_STATUS_DEAD_LETTERS.name,
        values.map((value) => ({ key, value })),
      );
    /** All of them, as a redrive does. */
    const giveBack = async () =>
      openTopics(kafka).handleAll(DEAD_LETTER_GROUP, PAYMENT_STATUS_DEAD_LETTERS.name);

    it('I11: finds a valid event until it is given back, and accepts an unreadable one', async () => {
      const order = await databases.order();
      await put(order.orderId, '{', messageOf({ ...order, orderId: newId() }, COMPLETED).value);
      assert.equal((await databases.check('I11')).state, 'ok');
      await put(order.orderId, messageOf(order, COMPLETED).value);
      await assertBroken('I11', new RegExp(`is a dead letter, and a valid event of order ${order.orderId}`));
      assert.equal((await databases.check('I11')).breaches, 1, 'it is still there');
      await giveBack();
      assert.equal((await databases.check('I11')).state, 'ok');
    });

    it('I11: accepts events of an order that payments did not sign', async () => {
      const order = await databases.order();
      const forged = String(messageOf(order, REFUNDED).value);
      await put(order.orderId, forged, forged.replace(/"signature":"[^"]*",/, ''));
      assert.equal((await databases.check('I11')).state, 'ok');
    });

    it('I11: checks a thousand dead letters at a time, and each once', async () => {
      const order = await databases.order();
      const many = Array.from({ length: 1_500 }, () => '{');
      await put(order.orderId, ...many, messageOf(order, COMPLETED).value);
      const checks = [
        await databases.check('I11'),
        await databases.check('I11'),
        await databases.check('I11'),
      ];
      assert.deepEqual(
        checks.map(({ state, checked }) => [state, checked]),
        [
          ['ok', 1_000],
          ['violated', 1_501],
          ['violated', 1_501],
        ],
      );
    });
  });

  it('excuses late work while a part is away, and until it has been back for long enough', async () => {
    await databases.shop.place();
    await databases.inOrders(`update orders set created_at = now() - interval '1 hour'`);
    databases.reading = { ...WELL, consumerLag: null };
    await databases.check('I7');
    databases.advance(LONG);
    const late = await databases.check('I7');
    assert.deepEqual([late.state, late.breaches, late.examples.length], ['waiting', 0, 1]);
    databases.reading = WELL;
    assert.equal((await databases.check('I7')).state, 'waiting');
    databases.advance(LONG);
    assert.equal((await databases.check('I7')).state, 'violated');
  });

  it('finds in its next round that a breach was repaired', async () => {
    const { orderId, userId } = await databases.order();
    await databases.inOrders(`update orders set status = 'cancelled' where order_id = '${orderId}'`);
    await databases.inPayments(`update accounts set balance = balance + 1 where user_id = '${userId}'`);
    assert.equal((await databases.check('I5')).state, 'violated');
    assert.equal((await databases.check('I1')).state, 'violated');
    await databases.inOrders(`update orders set status = 'paid' where order_id = '${orderId}'`);
    await databases.inPayments(`update accounts set balance = balance - 1 where user_id = '${userId}'`);
    assert.equal((await databases.check('I5')).state, 'ok');
    assert.equal((await databases.check('I1')).state, 'ok');
  });
});
