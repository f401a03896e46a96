import assert from 'node:assert/strict';
import { pino } from 'pino';
import { newId } from '#contracts/values/ids.ts';
import type { Message, Topic } from '#platform/kafka/connect.ts';
import { consume } from '#platform/kafka/consumer.ts';
import type { ConsumeOptions } from '#platform/kafka/consumer.ts';
import { openProducer } from '#platform/kafka/producer.ts';
import type { MessageProducer } from '#platform/kafka/producer.ts';
import { ensureTopics } from '#platform/kafka/topics.ts';
import type { RoleState } from '#platform/process/health.ts';
import { createLogger } from '#platform/process/logger.ts';
import { infrastructure } from '#test/support/infrastructure.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import { openTopics } from '#tools/testbed/topics.ts';

describe('a consumer of Kafka', () => {
  const kafka = { brokers: [infrastructure().kafka], clientId: 'test', log: createLogger('test', 'silent') };
  let producer: MessageProducer;
  let topic: Topic;
  let groupId: string;
  before(() => {
    producer = openProducer(kafka);
  });
  beforeEach(async () => {
    topic = { name: `test-${newId()}`, partitions: 2 };
    groupId = `test-${newId()}`;
    await ensureTopics(kafka, [topic]);
  });
  after(async () => producer[Symbol.asyncDispose]());

  function start(onBatch: ConsumeOptions['onBatch'], options: Partial<ConsumeOptions> = {}) {
    const quiet = { onState: () => {}, probe: async () => {} };
    return consume({ ...kafka, groupId, topics: [topic], onBatch, ...quiet, ...options });
  }

  const send = async (...keys: string[]) =>
    producer.send(
      topic.name,
      keys.map((key) => ({ key, value: `value of ${key}` })),
    );
  const keysOf = (messages: readonly Message[]) => messages.map(({ key }) => String(key)).toSorted();

  it('gets messages as they were sent, also those from before it first joined', async () => {
    await producer.send(topic.name, [
      { key: 'a', value: 'text', headers: { reason: 'why' } },
      { key: null, value: null },
    ]);
    const seen: Message[] = [];
    await using _consumer = start(async (messages) => void seen.push(...messages));
    await eventually('both messages', () => seen.length === 2);
    const message = seen.find(({ key }) => key === 'a');
    assert.equal(message?.value?.toString(), 'text');
    assert.equal(message?.headers['reason']?.toString(), 'why');
    assert.equal(message?.topic, topic.name);
    assert.equal(seen.find(({ key }) => key === null)?.value, null);
  });

  it('gets the messages of one key in the order in which they were sent', async () => {
    const sent = Array.from({ length: 30 }, (_, index) => String(index));
    for (const value of sent) await producer.send(topic.name, [{ key: 'one', value }]);
    const seen: string[] = [];
    await using _consumer = start(
      async (messages) => void seen.push(...messages.map(({ value }) => String(value))),
    );
    await eventually('all messages', () => seen.length >= sent.length);
    assert.deepEqual(seen, sent);
  });

  it('gets a batch again until it can be handled, and is not ready meanwhile', async () => {
    const attempts: string[][] = [];
    const states: RoleState[] = [];
    await using _consumer = start(
      async (messages) => {
        attempts.push(messages.map(({ key, offset }) => `${key} ${offset}`));
        if (attempts.length < 3) throw new Error('the database is away');
      },
      { onState: (state) => states.push(state) },
    );
    await send('a');
    await eventually('a third attempt', () => attempts.length === 3 && states.at(-1)?.ready === true);
    assert.deepEqual(attempts, [attempts[0], attempts[0], attempts[0]]);
    assert.deepEqual(states.slice(-3), [
      { ready: false, reason: 'the database is away' },
      { ready: false, reason: 'the database is away' },
      { ready: true },
    ]);
    await send('b');
    await eventually('the next message', () => attempts.length === 4);
  });

  it('goes on with its other partitions while one cannot be handled, is not ready, and ends no process', async () => {
    const handled: string[] = [];
    const states: RoleState[] = [];
    const errors: Error[] = [];
    let isRefused = true;
    let attempts = 0;
    let bad: number | undefined;
    await using _consumer = start(
      async (messages) => {
        bad ??= messages.find(({ key }) => key === 'bad')?.partition;
        if (messages[0]?.partition === bad) attempts += 1;
        if (isRefused && messages[0]?.partition === bad) throw new Error('this cannot be handled');
        handled.push(...messages.map(({ key }) => String(key)));
      },
      {
        onState: (state) => states.push(state),
        watchdog: { limit: 1_200, onStuck: (error) => errors.push(error) },
      },
    );
    await send('bad');
    await eventually('a second attempt', () => attempts > 1);
    const before = attempts;
    await eventually(
      'twice as many attempts as being stuck takes, and messages of the other partition',
      async () => {
        await send(newId());
        return attempts > before + 4 && handled.length > 4;
      },
    );
    assert.deepEqual(states.at(-1), { ready: false, reason: 'this cannot be handled' });
    assert.deepEqual(errors, []);
    isRefused = false;
    await eventually(
      'the rest, and readiness',
      () => handled.includes('bad') && states.at(-1)?.ready === true,
    );
  });

  it('that takes over from another gets what that one did not handle, and nothing that it did', async () => {
    const handled: Message[] = [];
    const failed: Message[] = [];
    {
      await using _first = start(async (messages) => {
        if (messages.some(({ key }) => key === 'poison')) {
          failed.push(...messages);
          throw new Error('this copy cannot handle it');
        }
        handled.push(...messages);
      });
      await send('a', 'b', 'c', 'd');
      await eventually('the first messages', () => handled.length === 4);
      await send('poison');
      await eventually('the failure', () => failed.length > 0);
    }
    const taken: Message[] = [];
    await using _second = start(async (messages) => void taken.push(...messages));
    await send('e');
    await eventually('what was left', () => keysOf(taken).includes('e') && keysOf(taken).includes('poison'));
    assert.deepEqual(keysOf(taken), ['e', 'poison']);
  });

  it('gets many messages in parts, and one that takes over gets none of the parts that were handled', async () => {
    await producer.send(
      topic.name,
      Array.from({ length: 1_200 }, (_, index) => ({ key: 'one', value: String(index) })),
    );
    const handled: number[] = [];
    let failures = 0;
    {
      await using _first = start(async (messages) => {
        if (handled.length > 0) {
          failures += 1;
          throw new Error('this copy cannot handle a second part');
        }
        handled.push(...messages.map(({ value }) => Number(value)));
      });
      await eventually('the second part to fail', () => failures > 0);
    }
    assert.equal(handled.length, 500);
    await using _second = start(
      async (messages) => void handled.push(...messages.map(({ value }) => Number(value))),
    );
    await eventually('the rest', () => handled.length >= 1_200);
    assert.deepEqual(
      handled,
      Array.from({ length: 1_200 }, (_, index) => index),
    );
  });

  it('makes progress with each part, however long all of them take', async () => {
    const errors: Error[] = [];
    let parts = 0;
    let looks = 0;
    await producer.send(
      topic.name,
      Array.from({ length: 2_500 }, () => ({ key: 'one', value: '' })),
    );
    const handleSlowly = async () => {
      const before = looks;
      // Half of the looks that being stuck takes.
      await eventually('some looks at its progress', () => looks >= before + 6);
      parts += 1;
    };
    await using _consumer = start(handleSlowly, {
      async probe() {
        looks += 1;
      },
      watchdog: { limit: 1_200, onStuck: (error) => errors.push(error) },
    });
    await eventually('all parts', () => parts === 5, { within: 60_000 });
    assert.deepEqual(errors, []);
  }).timeout(90_000);

  it('is stuck when a batch is never done with although all is well', async () => {
    const stuck = Promise.withResolvers<Error>();
    const states: RoleState[] = [];
    let moved = 0;
    const handle = async (messages: readonly Message[]) => {
      if (messages.some(({ key }) => key === 'hang')) await new Promise(() => {});
      moved += messages.length;
    };
    await using _consumer = start(handle, {
      onProgress: (state) => states.push(state),
      watchdog: { limit: 2_400, onStuck: stuck.resolve },
    });
    await send('a', 'b', 'c', 'd');
    await eventually('the first messages', () => moved === 4);
    await send('hang');
    assert.match((await stuck.promise).message, /the consumer is stuck: no progress for 2 s/);
    assert.equal(states.at(-1)?.ready, false);
  });

  it('is stuck when one partition hangs, though another moves', async () => {
    const stuck = Promise.withResolvers<Error>();
    let looks = 0;
    let moved = 0;
    const handle = async (messages: readonly Message[]) => {
      if (messages.some(({ key }) => key === 'hang')) await new Promise(() => {});
      const before = looks;
      await eventually('some looks at its progress', () => looks >= before + 3);
      moved += 1;
    };
    const keys = ['hang', ...Array.from({ length: 30 }, (_, index) => `key ${index}`)];
    await producer.send(
      topic.name,
      keys.flatMap((key) => Array.from({ length: 500 }, () => ({ key, value: '' }))),
    );
    await using _consumer = start(handle, {
      async probe() {
        looks += 1;
      },
      watchdog: { limit: 1_200, onStuck: stuck.resolve },
    });
    assert.match((await stuck.promise).message, /the consumer is stuck: no progress for 1 s/);
    assert.ok(moved > 1 && moved < 6, `${moved} parts of the other partition, which has more than ten`);
  });

  it('is not stuck while what its batch depends on is away', async () => {
    const errors: Error[] = [];
    let isAway = true;
    let attempts = 0;
    let probes = 0;
    const handle = async () => {
      attempts += 1;
      if (isAway) throw new Error('the database is away');
    };
    await using _consumer = start(handle, {
      async probe() {
        probes += 1;
        if (isAway) throw new Error('the database is away');
      },
      // Twice as long as the batch may wait for its next attempt when its database is back.
      watchdog: { limit: 3_000, onStuck: (error) => errors.push(error) },
    });
    await send('a');
    await eventually('more looks than being stuck takes', () => probes > 14 && attempts > 1);
    isAway = false;
    const before = attempts;
    await eventually('it to go on', () => attempts > before);
    assert.deepEqual(errors, []);
  });

  it('is not ready while it cannot unpack what it fetched, says what to do, and ends no process for it', async () => {
    const topics = openTopics(kafka);
    await topics.set(topic.name, 'compression.type', 'producer');
    await topics.produceZstd(topic.name, [{ key: 'a', value: 'text' }]);
    const states: RoleState[] = [];
    const lines: { err?: { message: string } }[] = [];
    const errors: Error[] = [];
    await using _consumer = start(async () => {}, {
      log: pino({}, { write: (line) => void lines.push(JSON.parse(line) as (typeof lines)[number]) }),
      onState: (state) => states.push(state),
      watchdog: { limit: 1_200, onStuck: (error) => errors.push(error) },
    });
    await eventually('its fifth attempt', () => states.length >= 5, { within: 30_000 });
    const said = new RegExp(`ZSTD .*set compression.type=uncompressed on ${topic.name}, and move the group`);
    for (const state of states) assert.match(state.ready ? 'ready' : state.reason, said);
    assert.match(lines[0]?.err?.message ?? '', said);
    assert.deepEqual(errors, []);
  }).timeout(45_000);

  it('gets what another library compressed, since the topics that we make are kept unpacked', async () => {
    await openTopics(kafka).produceZstd(topic.name, [{ key: 'a', value: 'text' }]);
    const seen: string[] = [];
    await using _consumer = start(
      async (messages) => void seen.push(...messages.map(({ value }) => String(value))),
    );
    await eventually('the message', () => seen.length > 0);
    assert.deepEqual(seen, ['text']);
  });

  it('and a producer notice partitions that are added while they run', async () => {
    const seen = new Set<number>();
    const handle = async (messages: readonly Message[]) => {
      for (const { partition } of messages) seen.add(partition);
    };
    await using _one = start(handle);
    await using _other = start(handle);
    for (const partitions of [2, 12, 24]) {
      if (partitions > 2) await openTopics(kafka).grow(topic.name, partitions);
      const sendAndCount = async () => {
        await send(...Array.from({ length: 2 * partitions }, () => newId()));
        return seen.size === partitions;
      };
      await eventually(`messages of ${partitions} partitions`, sendAndCount, { within: 30_000 });
    }
  }).timeout(100_000);

  it('shares the work with another of its group', async () => {
    const seen: [string[], string[]] = [[], []];
    let joined = 0;
    const onState = ({ ready }: RoleState) => void (joined += ready ? 1 : 0);
    await using _one = start(
      async (messages) => void seen[0].push(...messages.map(({ key }) => String(key))),
      { onState },
    );
    await using _other = start(
      async (messages) => void seen[1].push(...messages.map(({ key }) => String(key))),
      { onState },
    );
    await eventually('both to have joined', () => joined >= 2);
    const keys = Array.from({ length: 40 }, () => newId());
    await eventually('both to have work', async () => {
      await send(...keys);
      return seen[0].length > 0 && seen[1].length > 0;
    });
    await eventually('all keys', () => keys.every((key) => seen.flat().includes(key)));
  });
});
