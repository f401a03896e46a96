import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { newId } from '#contracts/values/ids.ts';
import type { Topic } from '#platform/kafka/connect.ts';
import { consume } from '#platform/kafka/consumer.ts';
import { openProducer } from '#platform/kafka/producer.ts';
import { readUpTo } from '#platform/kafka/read-topic.ts';
import { ensureTopics, readBacklogs, readBounds } from '#platform/kafka/topics.ts';
import { createLogger } from '#platform/process/logger.ts';
import { infrastructure } from '#test/support/infrastructure.ts';
import { LOOPBACK } from '#tools/stack/settings/settings.ts';
import { eventually } from '#tools/testbed/eventually.ts';

describe('a broker that accepts connections and answers nothing', () => {
  const sockets = new Set<Socket>();
  const silent = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).resume();
  });
  let topic: Topic;
  before(async () => {
    silent.listen(0, LOOPBACK);
    await once(silent, 'listening');
  });
  beforeEach(() => {
    topic = { name: `test-${newId()}`, partitions: 1 };
  });
  after(() => {
    silent.close();
    for (const socket of sockets) socket.destroy();
  });

  /** As a process that has just started: it does not know yet which address answers. */
  function kafka({ silentOnes = 1 } = {}) {
    const { port } = silent.address() as AddressInfo;
    const brokers = Array.from({ length: silentOnes }, () => `${LOOPBACK}:${port}`);
    const log = createLogger('test', 'silent');
    return { brokers: [...brokers, infrastructure().kafka], clientId: 'test', log };
  }

  for (const silentOnes of [1, 2]) {
    it(`keeps no consumer and no producer from the next address, as the first ${silentOnes} of all`, async () => {
      const seen: string[] = [];
      await using _consumer = consume({
        ...kafka({ silentOnes }),
        groupId: topic.name,
        topics: [topic],
        async onBatch(messages) {
          seen.push(...messages.map(({ value }) => String(value)));
        },
        onState: () => {},
        probe: async () => {},
      });
      await using producer = openProducer(kafka({ silentOnes }));
      const send = async () => producer.send(topic.name, [{ key: 'a', value: 'x' }]);
      await eventually('the topic', async () => send().then(() => true));
      await eventually('the message', () => seen.length > 0);
      assert.deepEqual(seen, ['x']);
    });
  }

  it('keeps no reader, and no count of a backlog, from the next address', async () => {
    await ensureTopics(kafka(), [topic]);
    await using producer = openProducer(kafka());
    await producer.send(topic.name, [{ key: 'a', value: 'x' }]);
    const ranges = await readBounds(kafka(), topic.name);
    const batches = await Array.fromAsync(
      readUpTo({ ...kafka(), topic: topic.name, ranges, deadline: 15_000 }),
    );
    assert.equal(batches.flat().length, 1);
    const backlogs = await readBacklogs(kafka(), [{ groupId: topic.name, topic: topic.name }]);
    assert.deepEqual(backlogs, [{ lag: 1, count: 1 }]);
  });

  it('is asked once, by the first of all clients of a process', async () => {
    const options = kafka();
    await ensureTopics(options, [topic]);
    const before = sockets.size;
    await readBounds(options, topic.name);
    await using producer = openProducer(options);
    await producer.send(topic.name, [{ key: 'a', value: 'x' }]);
    assert.equal(sockets.size, before);
  });
});

describe('a first address of Kafka', () => {
  const addresses: [what: string, answer: ((socket: Socket) => void) | undefined][] = [
    ['that closes every connection', (socket) => socket.end()],
    [
      'that resets every connection once it was asked',
      (socket) => socket.once('data', () => socket.resetAndDestroy()),
    ],
    [
      'of another protocol',
      (socket) => socket.once('data', () => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')),
    ],
    ['that does not exist', undefined],
  ];
  for (const [what, answer] of addresses) {
    it(`${what} is left for the next`, async () => {
      const server = createServer((socket) => {
        socket.on('error', () => {});
        answer?.(socket);
      });
      server.listen(0, LOOPBACK);
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const first = answer ? `${LOOPBACK}:${port}` : 'no-such-host.invalid:9092';
      const log = createLogger('test', 'silent');
      const options = { brokers: [first, infrastructure().kafka], clientId: 'test', log };
      const topic = { name: `test-${newId()}`, partitions: 1 };
      try {
        await ensureTopics({ ...options, brokers: [...options.brokers] }, [topic]);
        await using producer = openProducer(options);
        await producer.send(topic.name, [{ key: 'a', value: 'x' }]);
        assert.deepEqual(
          (await readBounds(options, topic.name)).map(({ to }) => to),
          [1n],
        );
      } finally {
        server.close();
      }
    });
  }
});
