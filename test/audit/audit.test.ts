import assert from 'node:assert/strict';
import { newId } from '#contracts/ids.ts';
import type { Invariant } from '#contracts/system-api.ts';
import { PAYMENT_STATUS_DEAD_LETTERS } from '#contracts/payment-events.ts';
import { openProducer } from '#platform/kafka/producer.ts';
import { createLogger } from '#platform/logger.ts';
import { eventually } from '../kit/eventually.ts';
import { infrastructure } from '../kit/infrastructure.ts';
import { COMPLETED, messageOf } from '../orders/payment-events.ts';
import { WELL, openBooks } from './books.ts';
import type { Books } from './books.ts';

/** In s: long enough to be sure that what is late is late for no reason. */
const LONG = 1_000;

describe('the audit', function () {
  this.timeout(60_000);
  let books: Books;
  beforeEach(async () => {
    books = await openBooks();
  });
  afterEach(async () => books[Symbol.asyncDispose]());

  /** Breaks one thing, and holds that this invariant alone is violated, with this example. */
  async function assertBroken(id: Invariant['id'], example: RegExp): Promise<void> {
    const found = await books.look(id);
    assert.equal(found.state, 'violated', `${id} is ${found.state}`);
    assert.match(found.examples[0] ?? '', example);
  }

  it('finds nothing wrong in good books, and says how much it looked at', async () => {
    await books.order();
    await books.order({ balance: 1n });
    // A Kafka that has just started takes some seconds to say what a group has read.
    await eventually('dead letters to be looked at', async () => (await books.look('I11')).state === 'ok');
    const { checked } = await books.look('I5');
    const report = books.audit.report();
    assert.ok(checked >= 2);
    assert.deepEqual(
      report.map(({ state }) => state),
      report.map(() => 'ok'),
    );
    const passed = report.filter(({ fullPassAt }) => fullPassAt !== null).map(({ id }) => id);
    assert.deepEqual(passed, ['I1', 'I2', 'I3', 'I4', 'I5', 'I6']);
  });

  it('says that it does not know before it has looked', () => {
    const report = books.audit.report();
    assert.deepEqual(
      report.map(({ state }) => state),
      report.map(() => 'unknown'),
    );
  });

  it('I1: finds a balance that no posting explains, though the account never moved', async () => {
    const userId = await books.ledger.openAccount();
    await books.inPayments(`update accounts set balance = 5 where user_id = '${userId}'`);
    await assertBroken('I1', new RegExp(`Account ${userId} holds 5, and its postings come to 0`));
  });

  it('I1: finds a posting that left behind what was not there', async () => {
    const { userId } = await books.order();
    await books.inPayments(
      `update postings set balance_after = balance_after + 1 where user_id = '${userId}' and kind = 'top_up' and account = 'customer'`,
    );
    await assertBroken('I1', /left account .* with 1001, and 0 was there before/);
  });

  it('I2: finds a transfer whose sides differ, and one with a side only', async () => {
    const { orderId } = await books.order();
    await books.inPayments(
      `update postings set amount = 299 where order_id = '${orderId}' and account = 'sales'`,
    );
    await assertBroken('I2', /Transfer .* has 2 postings, which sum to -1/);
    await books.inPayments(`delete from postings where order_id = '${orderId}' and account = 'sales'`);
    await assertBroken('I2', /has 1 postings, which sum to -300/);
  });

  it('I3: finds an order that was debited twice', async () => {
    const { orderId } = await books.order();
    await books.inPayments('drop index one_debit_one_refund_an_order');
    await books.inPayments(
      `insert into postings (transfer_id, kind, account, user_id, order_id, amount, balance_after)
       select uuidv7(), kind, account, user_id, order_id, amount, balance_after from postings where order_id = '${orderId}'`,
    );
    await assertBroken('I3', new RegExp(`${orderId}: debited 2 times`));
  });

  it('I4: finds a debit of another amount, and a refund of more than was debited', async () => {
    const { orderId } = await books.order();
    await books.inPayments(`update decisions set amount = 299 where order_id = '${orderId}'`);
    await assertBroken(
      'I4',
      new RegExp(`${orderId}: the order is over 300 EUR, and was decided over 299 EUR`),
    );
  });

  it('I5: finds an order that says other than its decision', async () => {
    const { orderId } = await books.order();
    await books.inOrders(
      `update orders set status = 'failed', failure_reason = 'insufficient_funds' where order_id = '${orderId}'`,
    );
    await assertBroken('I5', /the order is failed \(insufficient_funds\), and payments says paid/);
  });

  it('I5: finds a decision about an order that does not exist, and one that is gone', async () => {
    const { orderId } = await books.order();
    for (const table of ['outbox', 'order_events', 'orders'])
      await books.inOrders(`delete from ${table} where order_id = '${orderId}'`);
    await assertBroken('I5', new RegExp(`${orderId}: payments knows an order that orders does not have`));
  });

  it('I5: finds an event that was lost, once the system has been well for long enough', async () => {
    const { orderId } = await books.order();
    await books.inOrders(
      `update orders set status = 'created', status_rank = 0 where order_id = '${orderId}'`,
    );
    await books.inPayments(`update decisions set decided_at = now() - interval '1 hour'`);
    assert.equal((await books.look('I5')).state, 'ok');
    books.wait(LONG);
    await assertBroken('I5', /the order is created, and lacks payment.completed/);
  });

  it('I6: finds an order that was decided twice', async () => {
    const { orderId } = await books.order();
    await books.inOrders(
      `insert into order_events (order_id, user_id, status, detail)
       select order_id, user_id, 'failed', '{"eventId": "another"}' from orders where order_id = '${orderId}'`,
    );
    await assertBroken('I6', new RegExp(`Order ${orderId} was decided 2 times`));
  });

  it('I7: finds an order that stays undecided, and a cancel that stays unfinished', async () => {
    const { reply } = await books.shop.place();
    await books.look('I7');
    books.wait(LONG);
    assert.equal((await books.look('I7')).state, 'ok', 'it was placed a moment ago');
    await books.inOrders(`update orders set created_at = now() - interval '1 hour'`);
    await assertBroken('I7', new RegExp(`Order ${reply.orderId} is undecided for 36\\d\\d s`));
    await books.inOrders(
      `update orders set status = 'paid', status_rank = 1, cancel_requested_at = now() - interval '2 hours'`,
    );
    await assertBroken('I7', /waits for its cancel for 72\d\d s/);
  });

  it('I10: finds an outbox that does not drain', async () => {
    await books.shop.place();
    assert.equal((await books.look('I10')).state, 'ok');
    books.wait(LONG);
    await assertBroken('I10', /The row of order .* waits for 1000 s, after 0 failed attempts/);
    await books.inOrders('update outbox set dispatched_at = now()');
    assert.equal((await books.look('I10')).state, 'ok');
    await books.inOrders('update outbox set dispatched_at = null, due_at = now()');
    assert.equal((await books.look('I10')).state, 'ok', 'sent again, it waits anew');
  });

  it('I11: finds a good event among the dead letters, and minds no unreadable one', async () => {
    const order = await books.order();
    const kafka = {
      brokers: [infrastructure().kafka],
      clientId: 'test',
      log: createLogger('test', 'fatal'),
    };
    await using producer = openProducer(kafka);
    const put = async (value: Buffer | string | null) =>
      producer.send(PAYMENT_STATUS_DEAD_LETTERS.name, [{ key: order.orderId, value }]);
    await put('{');
    await put(messageOf({ ...order, orderId: newId() }, COMPLETED).value);
    assert.equal((await books.look('I11')).state, 'ok');
    await put(messageOf(order, COMPLETED).value);
    await assertBroken('I11', new RegExp(`is a dead letter, and a good event of order ${order.orderId}`));
  });

  it('excuses what is late while a part is away, and until it has been back for long enough', async () => {
    await books.shop.place();
    await books.inOrders(`update orders set created_at = now() - interval '1 hour'`);
    books.reading = { ...WELL, consumerLag: null };
    await books.look('I7');
    books.wait(LONG);
    const late = await books.look('I7');
    assert.deepEqual([late.state, late.breaches, late.examples.length], ['waiting', 0, 1]);
    books.reading = WELL;
    assert.equal((await books.look('I7')).state, 'waiting');
    books.wait(LONG);
    assert.equal((await books.look('I7')).state, 'violated');
  });

  it('sees at its next look that what was wrong has been put right', async () => {
    const { orderId, userId } = await books.order();
    await books.inOrders(`update orders set status = 'cancelled' where order_id = '${orderId}'`);
    await books.inPayments(`update accounts set balance = balance + 1 where user_id = '${userId}'`);
    assert.equal((await books.look('I5')).state, 'violated');
    assert.equal((await books.look('I1')).state, 'violated');
    await books.inOrders(`update orders set status = 'paid' where order_id = '${orderId}'`);
    await books.inPayments(`update accounts set balance = balance - 1 where user_id = '${userId}'`);
    assert.equal((await books.look('I5')).state, 'ok');
    assert.equal((await books.look('I1')).state, 'ok');
  });
});
