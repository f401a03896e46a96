import assert from 'node:assert/strict';
import { newId } from '#contracts/values/ids.ts';
import { openProducer } from '#platform/kafka/producer.ts';
import { ensureTopics } from '#platform/kafka/topics.ts';
import { watchProducer } from '#platform/kafka/watch-producer.ts';
import type { RoleState } from '#platform/process/health.ts';
import { createLogger } from '#platform/process/logger.ts';
import { infrastructure } from '#test/support/infrastructure.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import { openLink } from '#tools/testbed/tcp-proxy.ts';
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

  it('that is watched is not ready while Kafka or its topic is away, also while nothing is sent', async () => {
    const topic = `test-${newId()}`;
    await using link = await openLink(infrastructure().settings.ports.KAFKA_PORT);
    const through = { ...kafka, brokers: [link.address] };
    const states: RoleState[] = [];
    const onState = (state: RoleState) => void states.push(state);
    await using producer = watchProducer(openProducer(through), { ...through, topic, onState });
    const untilReason = async (reason: RegExp) =>
      eventually(`not ready: ${reason}`, () => {
        const last = states.at(-1);
        return last?.ready === false && reason.test(last.reason);
      });
    await untilReason(new RegExp(`Kafka has no topic ${topic}`));
    await ensureTopics(kafka, [{ name: topic, partitions: 1 }]);
    await eventually('the producer to be ready', () => states.at(-1)?.ready);
    await link.cut();
    await untilReason(/ECONNREFUSED/);
    await assert.rejects(producer.send(topic, [{ key: 'a', value: 'x' }]));
    await link.heal();
    await producer.send(topic, [{ key: 'a', value: 'x' }]);
    assert.deepEqual(states.at(-1), { ready: true });
  });
});
