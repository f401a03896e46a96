import assert from 'node:assert/strict';
import { PAYMENT_STATUS_DEAD_LETTERS } from '#contracts/events/payment-events.ts';
import { newId } from '#contracts/values/ids.ts';
import { createLogger } from '#platform/process/logger.ts';
import { openDeadLetterTopic } from '#test/support/database/dead-letters.ts';
import { openShop } from '#test/support/database/orders-database.ts';
import type { Shop } from '#test/support/database/orders-database.ts';
import { COMPLETED, messageOf, rawMessage } from '#test/support/database/payment-events.ts';
import { openLedger } from '#test/support/database/payments-database.ts';
import type { Ledger } from '#test/support/database/payments-database.ts';
import { infrastructure } from '#test/support/infrastructure.ts';
import { checkDeadLetters } from '#tools/invariants/check-dead-letters.ts';
import { readEvents } from '#tools/invariants/read-reports.ts';

describe('the check of the dead letters', () => {
  let shop: Shop;
  let ledger: Ledger;
  before(async () => {
    [shop, ledger] = await Promise.all([openShop(), openLedger()]);
  });
  after(async () => {
    await shop[Symbol.asyncDispose]();
    await ledger[Symbol.asyncDispose]();
  });

  async function forgedEvent() {
    const { reply } = await shop.place();
    const text = messageOf(reply, COMPLETED).value?.toString() ?? '';
    return { reply, value: text.replace(/"signature":"./, '"signature":"x') };
  }

  it('treats an event that payments did not sign as one that can never be applied', async () => {
    const { reply, value } = await forgedEvent();
    const events = await readEvents(ledger.db, [
      messageOf(reply, COMPLETED),
      rawMessage(reply.orderId, value),
    ]);
    assert.deepEqual(
      events.map(({ event }) => event?.type),
      ['payment.completed', undefined],
    );
  });

  it('finds a missing dead letter for an event of an unknown order, and for an unreadable one', async function () {
    // The check waits for a dead letter that is missing.
    this.timeout(20_000);
    await using topic = await openDeadLetterTopic();
    const [there, orphan, unreadable] = [newId(), newId(), newId()];
    const { reply, value } = await forgedEvent();
    await topic.producer.send(PAYMENT_STATUS_DEAD_LETTERS.name, [
      { key: there, value: '{}', headers: { 'dead-letter-source': there } },
      // About an order that exists, and rightly a dead letter.
      { key: there, value, headers: { 'dead-letter-source': newId() } },
    ]);
    await topic.of(there, 2);
    const { breaches, examples } = await checkDeadLetters(
      { orders: shop.db as never, payments: ledger.db },
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
