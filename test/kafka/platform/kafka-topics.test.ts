import assert from 'node:assert/strict';
import { PAYMENT_STATUS_DEAD_LETTERS } from '#contracts/events/payment-events.ts';
import { newId } from '#contracts/values/ids.ts';
import type { Message } from '#platform/kafka/connect.ts';
import { readOn } from '#platform/kafka/read-topic.ts';
import { ensureTopics } from '#platform/kafka/topics.ts';
import { createLogger } from '#platform/process/logger.ts';
import { infrastructure } from '#test/support/infrastructure.ts';
import { openTopics } from '#tools/testbed/topics.ts';

describe('who reads a topic on', () => {
  const kafka = { brokers: [infrastructure().kafka], clientId: 'test', log: createLogger('test', 'silent') };
  let topic: string;
  before(async () => {
    topic = `test-${newId()}`;
    await ensureTopics(kafka, [{ name: topic, partitions: 1 }]);
    await openTopics(kafka).produce(
      topic,
      ['a', 'b', 'c', 'd'].map((key) => ({ key, value: '' })),
    );
  });

  it('has handled what was taken from him at his second attempt, and that alone', async () => {
    const seen: (string | null)[] = [];
    let failures = 0;
    const options = { ...kafka, topic, groupId: `test-${newId()}`, limit: 3, deadline: 30_000 };
    const onMessages = (messages: Message[]) => {
      if (failures++ === 0) throw new Error('the first is lost');
      seen.push(...messages.map(({ key }) => key));
    };
    assert.deepEqual(await readOn({ ...options, onMessages }), { handled: 3, left: 1 });
    assert.deepEqual(await readOn({ ...options, onMessages }), { handled: 1, left: 0 });
    assert.deepEqual(seen, ['a', 'b', 'c', 'd']);
  });
});

describe('the topics that a service needs', () => {
  const kafka = { brokers: [infrastructure().kafka], clientId: 'test', log: createLogger('test', 'silent') };
  const topics = openTopics(kafka);
  const week = String(7 * 24 * 60 * 60 * 1_000);

  it('are made to keep messages for as long as they are told, and for a week unless told', async () => {
    const kept = { name: `test-${newId()}`, partitions: 1, retention: -1 };
    const usual = { name: `test-${newId()}`, partitions: 1 };
    await ensureTopics(kafka, [kept, usual]);
    assert.equal(await topics.setting(kept.name, 'retention.ms'), '-1');
    assert.equal(await topics.setting(usual.name, 'retention.ms'), week);
  });

  it('are left as they are when they exist', async () => {
    const name = `test-${newId()}`;
    await ensureTopics(kafka, [{ name, partitions: 1 }]);
    await ensureTopics(kafka, [{ name, partitions: 1, retention: -1 }]);
    assert.equal(await topics.setting(name, 'retention.ms'), week);
  });

  it('keep dead letters for ever', async () => {
    await ensureTopics(kafka, [PAYMENT_STATUS_DEAD_LETTERS]);
    assert.equal(await topics.setting(PAYMENT_STATUS_DEAD_LETTERS.name, 'retention.ms'), '-1');
  });
});
