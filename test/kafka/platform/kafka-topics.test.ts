import assert from 'node:assert/strict';
import { PAYMENT_STATUS_DEAD_LETTERS } from '#contracts/events/payment-events.ts';
import { newId } from '#contracts/values/ids.ts';
import type { Message } from '#platform/kafka/connect.ts';
import { readUpTo } from '#platform/kafka/read-topic.ts';
import { countMessages, ensureTopics, readUnhandled } from '#platform/kafka/topics.ts';
import { createLogger } from '#platform/process/logger.ts';
import { infrastructure } from '#test/support/infrastructure.ts';
import { openTopics } from '#tools/testbed/topics.ts';

describe('a reader of a topic up to its end', () => {
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

  const keysOf = (batches: readonly Message[][]) => batches.flat().map(({ key }) => key);

  it('gets again what a loop that failed did not handle, and nothing that was handled', async () => {
    const group = { topic, groupId: `test-${newId()}` };
    const read = async () => {
      const ranges = await readUnhandled(kafka, group);
      return readUpTo({ ...kafka, ...group, ranges, limit: 3, deadline: 30_000 });
    };
    const left = async () => countMessages(await readUnhandled(kafka, group));
    await assert.rejects(async () => {
      for await (const _messages of await read()) throw new Error('the first are lost');
    }, /the first are lost/);
    assert.equal(await left(), 4);
    assert.deepEqual(keysOf(await Array.fromAsync(await read())), ['a', 'b', 'c']);
    assert.equal(await left(), 1);
    assert.deepEqual(keysOf(await Array.fromAsync(await read())), ['d']);
    assert.equal(await left(), 0);
  });

  it('without a group begins at each range, and ends there', async () => {
    const ranges = [{ partition: 0, from: 1n, to: 3n }];
    const batches = await Array.fromAsync(readUpTo({ ...kafka, topic, ranges, deadline: 30_000 }));
    assert.deepEqual(keysOf(batches), ['b', 'c']);
  });

  it('gives up at its deadline', async () => {
    const ranges = [{ partition: 0, from: 0n, to: 9n }];
    await assert.rejects(
      Array.fromAsync(readUpTo({ ...kafka, topic, ranges, deadline: 2_000 })),
      /Kafka did not answer within 2000 ms/,
    );
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

  it('keep dead letters without a time limit', async () => {
    await ensureTopics(kafka, [PAYMENT_STATUS_DEAD_LETTERS]);
    assert.equal(await topics.setting(PAYMENT_STATUS_DEAD_LETTERS.name, 'retention.ms'), '-1');
  });
});
