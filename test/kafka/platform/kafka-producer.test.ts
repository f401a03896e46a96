import assert from 'node:assert/strict';
import { newId } from '#contracts/values/ids.ts';
import { openProducer } from '#platform/kafka/producer.ts';
import { ensureTopics } from '#platform/kafka/topics.ts';
import { createLogger } from '#platform/process/logger.ts';
import { infrastructure } from '#test/support/infrastructure.ts';
import { openTopics } from '#tools/testbed/topics.ts';

describe('a producer of Kafka', () => {
  const kafka = { brokers: [infrastructure().kafka], clientId: 'test', log: createLogger('test', 'silent') };

  it('says which topic refuses what it sends, why, and what to do; it works again once that is done', async () => {
    const name = `test-${newId()}`;
    const topics = openTopics(kafka);
    await using producer = openProducer(kafka);
    const send = async () => producer.send(name, [{ key: 'a', value: 'x'.repeat(1_000) }]);
    await assert.rejects(send(), new Error(`Kafka has no topic ${name}`));
    await ensureTopics(kafka, [{ name, partitions: 1 }]);
    await topics.set(name, 'max.message.bytes', '100');
    await assert.rejects(
      send(),
      new Error(`Kafka refuses a message as too large for the topic ${name}: raise its max.message.bytes`),
    );
    await topics.set(name, 'max.message.bytes', '10000');
    await send();
    assert.equal(await topics.count(name), 1);
  });
});
