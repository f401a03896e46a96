import assert from 'node:assert/strict';
import { PAYMENT_STATUS_DEAD_LETTERS } from '#contracts/events/payment-events.ts';
import { newId } from '#contracts/values/ids.ts';
import { createLogger } from '#platform/process/logger.ts';
import { openDeadLetterTopic } from '#test/support/database/dead-letters.ts';
import { openShop } from '#test/support/database/orders-database.ts';
import type { Shop } from '#test/support/database/orders-database.ts';
import { COMPLETED, messageOf, rawMessage } from '#test/support/database/payment-events.ts';
import { infrastructure } from '#test/support/infrastructure.ts';
import { checkDeadLetters } from '#tools/invariants/check-dead-letters.ts';
import { readEvent } from '#tools/invariants/read-reports.ts';

describe('the check of the dead letters', () => {
  let shop: Shop;
  before(async () => {
    shop = await openShop();
  });
  after(async () => shop[Symbol.asyncDispose]());

  async function refusedEvent() {
    const { reply } = await shop.place();
    const text = messageOf(reply, COMPLETED).value?.toString() ?? '';
    return { reply, value: text.replace('/decision"', String.raw`/\u0000"`) };
  }

  it('treats an event whose id PostgreSQL refuses as one that can never be applied', async () => {
    const { reply, value } = await refusedEvent();
    assert.ok(readEvent(messageOf(reply, COMPLETED)));
    assert.match(value, /\\u0000/);
    assert.equal(readEvent(rawMessage(reply.orderId, value)), undefined);
  });

  it('finds a missing dead letter for an event of an unknown order, and for an unreadable one', async function () {
    // The check waits for a dead letter that is missing.
    this.timeout(20_000);
    await using topic = await openDeadLetterTopic();
    const [there, orphan, unreadable] = [newId(), newId(), newId()];
    const { reply, value } = await refusedEvent();
    await topic.producer.send(PAYMENT_STATUS_DEAD_LETTERS.name, [
      { key: there, value: '{}', headers: { 'dead-letter-source': there } },
      // About an order that exists, and rightly a dead letter.
      { key: there, value, headers: { 'dead-letter-source': newId() } },
    ]);
    await topic.of(there, 2);
    const { breaches, examples } = await checkDeadLetters(
      shop.db as never,
      { brokers: [infrastructure().kafka], clientId: 'test', log: createLogger('test', 'fatal') },
      {
        messages: 4,
        events: new Map(),
        orders: new Map([
          [newId(), [there, orphan]],
          [reply.orderId, [newId()]],
        ]),
        unreadable: [unreadable],
        bounds: [],
      },
    );
    assert.equal(breaches, 2);
    assert.deepEqual(
      examples.toSorted(),
      [orphan, unreadable]
        .map((source) => `${source} can never be applied, and is not among the dead letters`)
        .toSorted(),
    );
  });
});
