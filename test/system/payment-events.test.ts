import assert from 'node:assert/strict';
import { PAYMENT_STATUS_DEAD_LETTERS, PAYMENT_STATUS_TOPIC } from '#contracts/events/payment-events.ts';
import type { PaymentFact } from '#contracts/events/payment-events.ts';
import type { OrderReply } from '#contracts/http/orders-api.ts';
import { newId } from '#contracts/values/ids.ts';
import { DECIDED_WITHIN, untilRightlyDecided } from '#test/support/system/decided.ts';
import { checkInvariantsAfterwards } from '#test/support/system/invariants.ts';
import { untilRetrying } from '#test/support/system/outages.ts';
import { startPosting } from '#test/support/system/posting.ts';
import type { Placed } from '#test/support/system/posting.ts';
import { withSharedSystem } from '#test/support/system/shared-system.ts';
import { openCustomer } from '#tools/testbed/customers.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import { toSignedEvent } from '#tools/testbed/signing.ts';

const { name: topic } = PAYMENT_STATUS_TOPIC;
const { name: deadLetters } = PAYMENT_STATUS_DEAD_LETTERS;
const group = 'orders.payment-status';

describe('the consumer of payment events', function () {
  this.timeout(DECIDED_WITHIN + 60_000);
  const system = withSharedSystem();
  checkInvariantsAfterwards(system);

  it('counts the same event once, however often it comes', async () => {
    const { orderId, placed } = await pay(10n);
    const before = await historyOf(orderId);
    const event = (await system().topics.readAll(topic)).find(({ key }) => key === orderId);
    assert.ok(event);
    const letters = await system().topics.count(deadLetters);
    await system().topics.produce(
      topic,
      [event, event, event].map(({ value }) => ({ key: orderId, value })),
    );
    await untilNoLag();
    assert.deepEqual(await historyOf(orderId), before);
    assert.equal(await system().topics.count(deadLetters), letters);
    await untilRightlyDecided(system(), [placed]);
  });

  it('applies a refund that comes before its decision, and not the decision after it', async () => {
    const { workflowsToKafka: reports } = system().links;
    const customer = await openCustomer(system(), 1_000n);
    await reports.cut();
    const placed = await customer.placeOrder({ amount: 10n });
    const { orderId, userId, amount, currency } = placed;
    await untilRetrying(system(), 'report');
    await refund(placed);
    const time = new Date().toISOString();
    const event = signed({ type: 'payment.refunded', orderId, userId, amount, currency, time });
    await system().topics.produce(topic, [{ key: orderId, value: JSON.stringify(event) }]);
    const refunded = await eventually('the refund to be applied', async () => {
      const order = await customer.order(orderId);
      return order.status === 'refunded' && order;
    });
    await reports.heal();
    await eventually(
      'the decision to be reported',
      async () => {
        const events = await system().topics.readAll(topic);
        return events.filter(({ key }) => key === orderId).length === 2;
      },
      { within: DECIDED_WITHIN },
    );
    await untilNoLag();
    assert.deepEqual(await customer.order(orderId), refunded);
    assert.deepEqual(
      (await historyOf(orderId)).map(({ status }) => status),
      ['created', 'refunded'],
    );
  });

  it('changes nothing when it reads the whole topic again', async () => {
    const { ordersDb } = system();
    const copies = system().copiesOf('orders');
    const posting = await startPosting(system());
    await posting.more(20);
    await untilRightlyDecided(system(), await posting.stop());
    const everything = async () =>
      (
        await ordersDb.query(
          // Not their positions in the stream, which they get a moment later.
          'select orders.*, array_agg((event_id, e.status, detail, e.created_at)::text order by event_id) from orders join order_events e using (order_id) group by order_id order by order_id',
        )
      ).rows;
    const before = await everything();
    const letters = await system().topics.readAll(deadLetters);
    await Promise.all(copies.map(async (copy) => copy.terminate()));
    await system().topics.rewind(group, topic);
    await Promise.all(copies.map(async (copy) => copy.start()));
    await untilNoLag();
    assert.deepEqual(await everything(), before);
    const sources = (all: typeof letters) => new Set(all.map(({ headers }) => headers['dead-letter-source']));
    assert.deepEqual(sources(await system().topics.readAll(deadLetters)), sources(letters));
  });

  it('moves each message that it can never apply to the dead-letter topic with the reason, and no other', async () => {
    const known = (await system().topics.readAll(deadLetters)).length;
    const posting = await startPosting(system());
    const order = {
      orderId: newId(),
      userId: newId(),
      amount: 1n,
      currency: 'EUR',
      time: new Date().toISOString(),
    };
    const unknown = signed({ type: 'payment.completed', ...order });
    const garbage: [value: string, reason: RegExp][] = [
      ['', /it is not JSON/],
      ['{"specversion":"1.0"', /it is not JSON/],
      ['null', /it is no payment event/],
      [JSON.stringify({ ...unknown, type: 'payment.lost' }), /it is no payment event: type/],
      [JSON.stringify({ ...unknown, specversion: '2.0' }), /it is no payment event: specversion/],
      [JSON.stringify({ ...unknown, subject: newId() }), /subject and data.orderId differ/],
      [
        JSON.stringify({ ...unknown, data: { ...unknown.data, rank: 2 } }),
        /data.rank is not the rank of this event/,
      ],
      [JSON.stringify({ ...unknown, id: `${newId()}/decision` }), /id is not the id of this event/],
      [JSON.stringify({ ...unknown, signature: undefined }), /payments did not sign it/],
      [JSON.stringify({ ...unknown, data: { ...unknown.data, amount: 2 } }), /payments did not sign it/],
      [JSON.stringify(unknown), new RegExp(`there is no order ${order.orderId}`)],
    ];
    await posting.more(5);
    for (const [value] of garbage) {
      await system().topics.produce(topic, [{ key: order.orderId, value }]);
      await posting.more(1);
    }
    const letters = await eventually(
      'all of it to be moved',
      async () => {
        const all = (await system().topics.readAll(deadLetters)).slice(known);
        return all.length >= garbage.length && all;
      },
      { within: 30_000 },
    );
    await untilRightlyDecided(system(), await posting.stop());
    assert.deepEqual(
      letters.map(({ value }) => value),
      garbage.map(([value]) => value),
    );
    for (const [index, { headers, key }] of letters.entries()) {
      assert.equal(key, order.orderId);
      assert.match(headers['dead-letter-reason'] ?? '', garbage[index]?.[1] ?? /none/);
      assert.match(headers['dead-letter-source'] ?? '', /^payment-status\.v1\/\d+\/\d+$/);
    }
  });

  async function pay(amount: bigint): Promise<{ orderId: string; placed: Placed }> {
    const customer = await openCustomer(system(), amount);
    const { orderId, userId } = await customer.placeOrder({ amount });
    const placed: Placed = { orderId, userId, amount, end: 'paid' };
    await untilRightlyDecided(system(), [placed]);
    return { orderId, placed };
  }

  async function historyOf(orderId: string): Promise<{ status: string }[]> {
    const { rows } = await system().ordersDb.query<{ status: string }>(
      'select status, detail, created_at from order_events where order_id = $1 order by event_id',
      [orderId],
    );
    return rows;
  }

  async function untilNoLag(): Promise<void> {
    await eventually(
      'the consumer to have read everything',
      async () => (await system().topics.lag(group, topic)) === 0,
      {
        within: 30_000,
      },
    );
  }

  function signed(fact: PaymentFact) {
    return toSignedEvent(fact, system().secrets.signing);
  }

  /** A cancel without its outbox row and its report: the wish, and payments' part of it. */
  async function refund({ orderId, userId, amount, currency }: OrderReply): Promise<void> {
    await system().ordersDb.query('update orders set cancel_requested_at = now() where order_id = $1', [
      orderId,
    ]);
    await system().paymentsDb.query('select from cancel_payment($1, $2, $3, $4)', [
      orderId,
      userId,
      amount,
      currency,
    ]);
  }
});
