import assert from 'node:assert/strict';
import { sql } from 'kysely';
import type { DeadLetterCode } from '#contracts/events/dead-letters.ts';
import type { OrderReply } from '#contracts/http/orders-api.ts';
import { newId } from '#contracts/values/ids.ts';
import { handlePaymentEvents } from '#orders/payment-events/consume-payment-events.ts';
import type { OrdersTables } from '#orders/schema.ts';
import type { Message } from '#platform/kafka/connect.ts';
import { openDatabase } from '#platform/postgres/database.ts';
import { isOutage } from '#platform/process/classify-error.ts';
import { createLogger } from '#platform/process/logger.ts';
import { openDeadLetterTopic } from '#test/support/database/dead-letters.ts';
import type { DeadLetterTopic } from '#test/support/database/dead-letters.ts';
import { openShop } from '#test/support/database/orders-database.ts';
import type { Shop } from '#test/support/database/orders-database.ts';
import { COMPLETED, messageOf, rawMessage } from '#test/support/database/payment-events.ts';
import { SIGNING_KEY } from '#test/support/database/signing.ts';

const signingKeys = [SIGNING_KEY];

describe('a message that can never be applied', () => {
  let shop: Shop;
  let topic: DeadLetterTopic;
  before(async () => {
    [shop, topic] = await Promise.all([openShop(), openDeadLetterTopic()]);
  });
  after(async () => {
    await topic[Symbol.asyncDispose]();
    await shop[Symbol.asyncDispose]();
  });

  const handle = async (...messages: Message[]) =>
    handlePaymentEvents({ db: shop.db, deadLetters: topic.producer, signingKeys }, messages);

  /** Handles a bad message among good ones: it becomes a dead letter, whole, and they are applied. */
  async function assertDead(message: Message, code: DeadLetterCode, reason: RegExp): Promise<void> {
    const [before, after] = [(await shop.place()).reply, (await shop.place()).reply];
    const inboxed = await shop.count('inbox');
    await handle(messageOf(before, COMPLETED), message, messageOf(after, COMPLETED));
    const [letter, ...others] = await topic.of(message.key, 1);
    assert.deepEqual(others, []);
    assert.equal(letter?.code, code);
    assert.match(letter?.reason ?? '', reason);
    assert.equal(letter?.value, message.value?.toString());
    assert.equal(letter?.source, `payment-status.v1/0/${message.offset}`);
    assert.equal(letter?.contentType, 'application/cloudevents+json');
    assert.deepEqual(
      [await shop.statusOf(before.orderId), await shop.statusOf(after.orderId)],
      ['paid', 'paid'],
    );
    assert.equal(await shop.count('inbox'), inboxed + 2);
  }

  /** No event that payments signed is refused by the database, so a constraint of this test refuses one. */
  const refuseDecisionOf = async (orderId: string) =>
    sql`alter table inbox add constraint ${sql.id(orderId)} check (event_id <> ${sql.lit(`${orderId}/decision`)})`.execute(
      shop.db,
    );

  const order = () => ({ orderId: newId(), userId: newId(), amount: 1n, currency: 'EUR' });

  it('becomes a dead letter when it is not JSON', async () => {
    await assertDead(rawMessage(newId(), '{"specversion":'), 'not_json', /^it is not JSON$/);
  });

  it('becomes a dead letter when it has no value', async () => {
    await assertDead(rawMessage(newId(), null), 'not_json', /^it is not JSON$/);
  });

  it('becomes a dead letter that says what is wrong when it is no payment event', async () => {
    const text = messageOf(order(), COMPLETED).value?.toString().replace('"amount":1', '"amount":-1') ?? '';
    await assertDead(
      rawMessage(newId(), text),
      'not_a_payment_event',
      /^it is no payment event: data\.amount: /,
    );
  });

  it('becomes a dead letter when there is no such order, and stays out of the inbox', async () => {
    const unknown = order();
    await assertDead(
      messageOf(unknown, COMPLETED),
      'unknown_order',
      new RegExp(`^there is no order ${unknown.orderId}$`),
    );
  });

  it('becomes a dead letter when the database refuses it, and its batch is taken apart around it', async () => {
    const { reply } = await shop.place();
    await refuseDecisionOf(reply.orderId);
    await assertDead(messageOf(reply, COMPLETED), 'refused_by_database', /^the database refuses it: /);
    assert.equal(await shop.statusOf(reply.orderId), 'created');
  });

  it('leaves its batch, but for itself, applied in few more statements', async () => {
    const good: OrderReply[] = [];
    // All at once would wait for sessions longer than a request may.
    while (good.length < 500) {
      good.push(...(await Promise.all(Array.from({ length: 20 }, async () => (await shop.place()).reply))));
    }
    const bad = (await shop.place()).reply;
    await refuseDecisionOf(bad.orderId);
    let statements = 0;
    const db = shop.db.withPlugin({
      transformQuery({ node }) {
        statements += 1;
        return node;
      },
      transformResult: async ({ result }) => result,
    });
    const batch = good.map((each) => messageOf(each, COMPLETED));
    batch.splice(300, 0, messageOf(bad, COMPLETED));
    await handlePaymentEvents({ db, deadLetters: topic.producer, signingKeys }, batch);
    for (const { orderId } of good) assert.equal(await shop.statusOf(orderId), 'paid');
    assert.equal(await shop.statusOf(bad.orderId), 'created');
    assert.ok(statements < 30, `${statements} statements`);
  });

  it('is one of many dead letters, which are more than a broker takes at once and are there all the same', async () => {
    const key = newId();
    const many = Array.from({ length: 500 }, () => rawMessage(key, 'x'.repeat(4_000)));
    await handle(...many);
    const letters = await topic.of(key, many.length);
    assert.deepEqual(
      letters.map(({ source }) => source),
      many.map(({ offset }) => `payment-status.v1/0/${offset}`),
    );
  });

  for (const [what, message] of [
    ['value that no broker takes', rawMessage(newId(), 'x'.repeat(3_000_000))],
    ['key that takes long to hash', rawMessage(`${newId()}${'x'.repeat(50_000)}`, 'x')],
    [
      'header that no broker takes',
      { ...rawMessage(newId(), 'x'), headers: { large: Buffer.alloc(3_000_000) } },
    ],
  ] as const) {
    it(`with a ${what} is a dead letter with the beginning of it, which says so`, async () => {
      await handle(message);
      const [letter] = await topic.of(message.key?.slice(0, 1_024) ?? null, 1);
      const value = message.value?.toString() ?? '';
      assert.equal(letter?.value, value.slice(0, 255 * 1_024));
      assert.equal(letter?.truncatedFrom, String(value.length));
      assert.equal(letter?.reason, 'it is not JSON');
      assert.equal(letter?.source, `payment-status.v1/0/${message.offset}`);
    });
  }

  it('is a dead letter once more when its batch comes again', async () => {
    const message = rawMessage(newId(), 'garbage');
    await handle(message);
    await handle(message);
    assert.equal((await topic.of(message.key, 2)).length, 2);
  });
});

describe('a good message in an outage', () => {
  let shop: Shop;
  before(async () => {
    shop = await openShop();
  });
  after(async () => shop[Symbol.asyncDispose]());

  /** Handling it must throw, for the batch to come again, and must send nothing to the dead letters at each attempt. */
  async function assertThrows(url: string, message: Message): Promise<void> {
    const sent: unknown[] = [];
    const deadLetters = {
      send: async (...all: unknown[]) => void sent.push(all),
      async [Symbol.asyncDispose]() {},
    };
    const deadlines = { connect: 1_000, statement: 100, query: 1_000 };
    await using db = openDatabase<OrdersTables>({
      url,
      name: 'test',
      log: createLogger('test', 'fatal'),
      deadlines,
    });
    const batch = [rawMessage(newId(), 'garbage'), message];
    await assert.rejects(handlePaymentEvents({ db, deadLetters, signingKeys }, batch), isOutage);
    assert.deepEqual(sent, []);
  }

  it('of the whole database is kept to be handled again', async () => {
    const nowhere = new URL(shop.url);
    nowhere.port = '1';
    await assertThrows(nowhere.href, messageOf((await shop.place()).reply, COMPLETED));
  });

  it('of a table that somebody holds is kept, and applied when it is free', async () => {
    const { reply } = await shop.place();
    const message = messageOf(reply, COMPLETED);
    const holder = await shop.db.startTransaction().execute();
    await sql`select from orders where order_id = ${reply.orderId} for update`.execute(holder);
    await assertThrows(shop.url, message);
    await holder.rollback().execute();
    assert.equal(await shop.statusOf(reply.orderId), 'created');
    const deadLetters = { async send() {}, async [Symbol.asyncDispose]() {} };
    await handlePaymentEvents({ db: shop.db, deadLetters, signingKeys }, [message]);
    assert.equal(await shop.statusOf(reply.orderId), 'paid');
  });
});
